#include "message/walk.h"

#include <string.h>

/* From the oldest on: the pages that are listed one after the other before a thread is taken for a long one, for a
 * descent takes some forty calls; and into how many blocks a block is split, at least. */
#define PAGES_IN_TURN 4
#define BLOCKS_MIN 10

static mk_status make_block(mk_context *ctx, const mk_walk *walk, const char *digits, size_t count, mk_block **out) {
  static const char none[] = "00000000000000000";
  char begin[MK_KEY_TIME_SIZE];
  mk_buf prefix = mk_buf_make(ctx->arena);
  mk_str text;
  MK_TRY(mk_push(ctx, 1, sizeof **out, out));
  memcpy(begin, none, sizeof begin);
  memcpy(begin, digits, count);
  (void)mk_key_time_parse((mk_str){begin, sizeof begin}, &(*out)->last_ms);
  mk_buf_text(&prefix, walk->prefix);
  mk_buf_text(&prefix, (mk_str){digits, count});
  MK_TRY(mk_take(ctx, &prefix, &text));
  (*out)->listing = mk_listing_make(MK_MESSAGES, text);
  return MK_OK;
}

mk_status mk_walk_begin(mk_context *ctx, mk_walk *walk) {
  char first[MK_KEY_TIME_SIZE];
  char last[MK_KEY_TIME_SIZE];
  size_t shared = 0;
  mk_key_time_format(walk->range.newest_ms, first);
  mk_key_time_format(walk->range.oldest_ms, last);
  while (mk_str_is_present(walk->thread.part) && shared < MK_KEY_TIME_SIZE && first[shared] == last[shared]) {
    shared++;
  }
  return make_block(ctx, walk, first, shared, &walk->blocks);
}

bool mk_block_is_done(const mk_walk *walk, const mk_block *block) {
  return block->listing.is_complete || block->last_ms < walk->range.oldest_ms;
}

/* The digits that all keys of a block have. */
static size_t digit_count(const mk_walk *walk, const mk_block *block) {
  return block->listing.prefix.size - walk->prefix.size;
}

bool mk_block_goes_on(const mk_walk *walk, const mk_block *block) {
  bool is_in_turn = walk->is_from_oldest ? block == walk->blocks && block->next == NULL && block->pages < PAGES_IN_TURN
                                         : block->last_ms <= walk->range.newest_ms;
  return is_in_turn || block->pages == 0 || digit_count(walk, block) == MK_KEY_TIME_SIZE;
}

mk_status mk_walk_split(mk_context *ctx, mk_walk *walk, mk_block **at) {
  const mk_block *block = *at;
  char listed[MK_KEY_TIME_SIZE]; /* the last that was */
  char first[MK_KEY_TIME_SIZE];  /* of the range */
  char last[MK_KEY_TIME_SIZE];
  char way[MK_KEY_TIME_SIZE]; /* where it is split */
  size_t size = digit_count(walk, block);
  int made = 0;
  bool is_short = false;
  *at = block->next;
  mk_key_time_format(block->last_ms, listed);
  mk_key_time_format(walk->range.newest_ms, first);
  mk_key_time_format(walk->range.oldest_ms, last);
  memcpy(way, block->last_ms < walk->range.newest_ms ? listed : first, sizeof way);
  while (!is_short) {
    char own = way[size];
    char lower = '0';
    char upper = '9';
    mk_block **to = at;
    if (!walk->is_from_oldest) {
      lower = own;
    } else if (memcmp(way, first, size) == 0) {
      lower = first[size];
    }
    if (memcmp(way, last, size) == 0) {
      upper = last[size];
    }
    is_short = size + 1 == MK_KEY_TIME_SIZE || own != listed[size] || (walk->is_from_oldest && made >= BLOCKS_MIN);
    for (char digit = upper; digit >= lower; digit--) {
      if (digit != own || is_short) {
        mk_block *part = NULL;
        way[size] = digit;
        MK_TRY(make_block(ctx, walk, way, size + 1, &part));
        part->is_edge = digit == own && !walk->is_from_oldest;
        part->next = *to;
        *to = part;
        to = walk->is_from_oldest ? &part->next : to;
        made += digit > own;
      }
      if (digit == own) {
        at = to; /* the parts of the own digit come here, and the lower ones behind them */
      }
    }
    way[size++] = own;
  }
  return MK_OK;
}

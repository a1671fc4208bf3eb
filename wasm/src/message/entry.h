/* entry.h: messages that a list or a hint names, before and after they are read. */
#ifndef MK_ENTRY_H
#define MK_ENTRY_H

#include "message/marks.h"
#include "message/message.h"
#include "record/page.h"

typedef struct mk_entry {
  mk_item item;        /* comes first: entries are items of a page; its name is the key */
  mk_place place;      /* of its ids, only the parts are known, as they are in the key */
  bool is_known;       /* its KV metadata was read, and is ours */
  bool is_hinted;      /* it comes from a hint */
  mk_marks marks;      /* of its thread */
  mk_message *message; /* when it was read */
} mk_entry;

typedef struct mk_entries {
  mk_entry **items;
  size_t count;
  size_t capacity;
} mk_entries;

mk_status mk_entries_add(mk_context *ctx, mk_entries *entries, mk_entry *entry);

/* Keep one entry a key. List and hint place a message differently when it was deleted and saved
 * again and one of them does not know: the later place holds. Leaves them in the order of keys. */
void mk_entries_drop_repeated(mk_entries *entries);

/* Sort by the order of messages, oldest first. */
void mk_entries_sort(mk_entry **entries, size_t count);

#endif

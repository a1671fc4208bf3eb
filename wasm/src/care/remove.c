#include "care/remove.h"

#include "care/forgive.h"
#include "message/message.h"
#include "record/family.h"

/* What else is to be read of a key that is deleted. */
typedef struct removal {
  mk_subject *subject;
  mk_io *locator;       /* NULL: it is no message */
  mk_families families; /* to know which there are */
} removal;

/* The keyspace of a record's families; MK_KEYSPACE_COUNT: it has none. */
static mk_keyspace families_of(mk_keyspace keyspace) {
  for (int i = 0; i < MK_KEYSPACE_COUNT; i++) {
    const mk_shape *shape = mk_shape_of((mk_keyspace)i);
    bool is_family = shape->parts[1] != NULL && *shape->parts[1] == *MK_SHAPE_FAMILY_NAME && shape->parts[2] == NULL;
    if (is_family && shape->of == keyspace) {
      return (mk_keyspace)i;
    }
  }
  return MK_KEYSPACE_COUNT;
}

static mk_status queue_families(mk_context *ctx, removal *of) {
  mk_keyspace keyspace = families_of(of->subject->keyspace);
  return keyspace == MK_KEYSPACE_COUNT
             ? MK_OK
             : mk_families_queue(ctx, keyspace, mk_shape_part(of->subject->shape, of->subject->parts, "id"),
                                 &of->families);
}

static mk_status queue_gets(mk_context *ctx, removal *of, bool with_families) {
  const mk_subject *subject = of->subject;
  mk_str key = MK_STR_NONE;
  if (subject->is_strange || subject->shape->kind != MK_SHAPE_RECORD) {
    return MK_OK;
  }
  if (subject->keyspace == MK_MESSAGES) {
    MK_TRY(mk_locator_key(ctx, mk_shape_part(subject->shape, subject->parts, "id"), &key));
    MK_TRY(mk_io_get(ctx, MK_MESSAGE_LOCATORS, key, &of->locator));
  }
  return with_families ? queue_families(ctx, of) : MK_OK;
}

/* *is_elsewhere: the locator, and so the families, are another message's of this id. */
static mk_status delete_locator(mk_context *ctx, const removal *of, bool *is_elsewhere) {
  const mk_subject *subject = of->subject;
  mk_locator said = {.place.id.part = mk_shape_part(subject->shape, subject->parts, "id")};
  mk_str reason = MK_STR_NONE;
  mk_str key = MK_STR_NONE;
  if (of->locator == NULL || !mk_str_is_present(of->locator->result)) {
    return MK_OK;
  }
  MK_TRY(mk_forgive(ctx, mk_locator_parse(ctx, of->locator->key, of->locator->result, &said), &reason));
  if (!mk_str_is_present(reason)) {
    MK_TRY(mk_message_key(ctx, &said.place, &key));
  }
  *is_elsewhere = mk_str_is_present(key) && !mk_str_equal(key, subject->key);
  return *is_elsewhere ? MK_OK : mk_io_delete(ctx, MK_MESSAGE_LOCATORS, of->locator->key);
}

static mk_status delete_entries(mk_context *ctx, const mk_subject *subject) {
  for (int i = 0; i < MK_KEYSPACE_COUNT && subject->is_readable; i++) {
    const mk_shape *shape = mk_shape_of((mk_keyspace)i);
    mk_str key = MK_STR_NONE;
    if (shape->kind == MK_SHAPE_ENTRY && shape->of == subject->keyspace) {
      MK_TRY(mk_shape_key_of(ctx, shape, &subject->record, &key));
    }
    if (mk_str_is_present(key)) {
      MK_TRY(mk_io_delete(ctx, (mk_keyspace)i, key));
    }
  }
  return MK_OK;
}

static mk_status delete_derived(mk_context *ctx, const removal *of) {
  const mk_subject *subject = of->subject;
  bool is_elsewhere = false;
  if (subject->is_strange || subject->shape->kind != MK_SHAPE_RECORD) {
    return MK_OK;
  }
  MK_TRY(delete_locator(ctx, of, &is_elsewhere));
  MK_TRY(delete_entries(ctx, subject));
  return of->families.count > 0 && !is_elsewhere
             ? mk_families_delete(ctx, families_of(subject->keyspace), &of->families)
             : MK_OK;
}

mk_status mk_remove_queue(mk_context *ctx, uint32_t ns, mk_subject *const *subjects, size_t count, bool with_families) {
  removal *removals = NULL;
  MK_TRY(mk_push(ctx, count, sizeof *removals, &removals));
  for (size_t i = 0; i < count; i++) {
    removals[i].subject = subjects[i];
    MK_TRY(queue_gets(ctx, &removals[i], with_families));
  }
  MK_TRY(mk_io_flush(ctx));
  for (size_t i = 0; i < count; i++) {
    MK_TRY(delete_derived(ctx, &removals[i]));
  }
  mk_io_then(ctx);
  for (size_t i = 0; i < count; i++) {
    MK_TRY(mk_walk_delete(ctx, ns, subjects[i]->key));
  }
  return MK_OK;
}

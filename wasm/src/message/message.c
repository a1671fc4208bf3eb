#include "message/message.h"

#include "base/json.h"
#include "base/writer.h"
#include "host/platform.h"
#include "message/activity.h"

/* The members of an update that place it, and are no family's. */
static bool is_placing(mk_str name_span) {
  return mk_json_name_is(name_span, "id") || mk_json_name_is(name_span, "threadId") ||
         mk_json_name_is(name_span, "createdAt");
}

mk_status mk_message_queue(mk_context *ctx, const mk_place *place, bool with_families, mk_message *out) {
  mk_str key;
  *out = (mk_message){0};
  MK_TRY(mk_message_key(ctx, place, &out->key));
  MK_TRY(mk_io_get_lazy(ctx, MK_MESSAGES, out->key, &out->io));
  if (place->is_moved) {
    MK_TRY(mk_locator_key(ctx, place->id.part, &key));
    MK_TRY(mk_io_get(ctx, MK_MESSAGE_LOCATORS, key, &out->locator_io));
  }
  return with_families ? mk_message_queue_families(ctx, place, out) : MK_OK;
}

mk_status mk_message_queue_families(mk_context *ctx, const mk_place *place, mk_message *message) {
  message->has_families = true;
  return mk_families_queue(ctx, MK_MESSAGE_FAMILIES, place->id.part, &message->families);
}

/* Whether a message that moved is still here. Its locator decides, once the lag is over: until then
 * KV may not show yet that it points here, but one that is newer, or a newer tombstone, counts at once. */
static mk_status is_here(mk_context *ctx, const mk_place *place, const mk_io *locator_io, bool *out) {
  int64_t put_ms = mk_place_put_ms(place);
  bool is_settled = mk_clock_ms() - put_ms > MK_RECENT_MS;
  mk_locator locator = {.place.id = place->id};
  *out = !is_settled;
  if (!mk_str_is_present(locator_io->result)) {
    return MK_OK;
  }
  MK_TRY(mk_locator_parse(ctx, locator_io->key, locator_io->result, &locator));
  if (locator.is_deleted) {
    *out = locator.written_at_ms < put_ms;
  } else {
    *out = (*out && locator.written_at_ms <= put_ms) || mk_place_equal(&locator.place, place);
  }
  return MK_OK;
}

/* The members of one member of a family's record, newer than what it is laid over; absent: none. */
static mk_str newer_member(const mk_families *families, int family, const mk_record *record, const char *name) {
  return mk_family_is_newer(families, family, record) ? mk_record_get(&families->records[family], name) : MK_STR_NONE;
}

/* Merge the members of two objects; what is no object is replaced. */
static mk_status merge(mk_context *ctx, mk_str older, mk_str newer, mk_str *out) {
  mk_record merged;
  *out = newer;
  if (!mk_json_is_object(older) || !mk_json_is_object(newer)) {
    return MK_OK;
  }
  MK_TRY(mk_record_merge(ctx, older, newer, &merged));
  return mk_record_object(ctx, &merged, out);
}

static bool is_replaced(const mk_record *family) { return mk_json_is_true(mk_record_get(family, "_replaced")); }

/* Set content.metadata, if there is a content that can have one. */
static mk_status merge_metadata(mk_context *ctx, mk_str newer, mk_str *content) {
  mk_record members;
  mk_str metadata;
  if (!mk_json_is_object(*content)) {
    return MK_OK;
  }
  MK_TRY(merge(ctx, mk_json_get(*content, "metadata"), newer, &metadata));
  MK_TRY(mk_record_of_object(ctx, *content, &members));
  MK_TRY(mk_record_set(ctx, &members, "metadata", metadata));
  return mk_record_object(ctx, &members, content);
}

/* Whether the family metadata is older than a family content that gives all metadata itself. */
static bool is_outdated(const mk_families *families, const mk_record *record) {
  const mk_record *content = &families->records[MK_MESSAGE_CONTENT];
  mk_str given = newer_member(families, MK_MESSAGE_CONTENT, record, "content");
  bool has_metadata = is_replaced(content) || mk_str_is_present(mk_json_get(given, "metadata"));
  return mk_str_is_present(given) && has_metadata &&
         families->records[MK_MESSAGE_METADATA].written_at_ms < content->written_at_ms;
}

static mk_status lay_content(mk_context *ctx, const mk_families *families, mk_record *record) {
  mk_str given = newer_member(families, MK_MESSAGE_CONTENT, record, "content");
  mk_str metadata = newer_member(families, MK_MESSAGE_METADATA, record, "metadata");
  mk_str content = mk_record_get(record, "content");
  if (mk_str_is_present(given) && is_replaced(&families->records[MK_MESSAGE_CONTENT])) {
    content = given;
  } else if (mk_str_is_present(given)) {
    MK_TRY(merge(ctx, content, given, &content));
  }
  if (mk_str_is_present(metadata) && !is_outdated(families, record)) {
    MK_TRY(merge_metadata(ctx, metadata, &content));
  }
  /* A record without content, which the store never writes, has nothing that metadata could be laid over. */
  return mk_str_is_present(content) ? mk_record_set(ctx, record, "content", content) : MK_OK;
}

static mk_status lay_fields(mk_context *ctx, const mk_record *family, mk_record *record) {
  for (size_t i = 0; i < family->count; i++) {
    MK_TRY(mk_record_put(ctx, record, family->members[i])); /* null removes */
  }
  return MK_OK;
}

mk_status mk_message_head(mk_context *ctx, mk_message *message) {
  return message->io->is_lazy ? mk_record_take(ctx, message->io, &message->record) : MK_OK;
}

static mk_status lay_families(mk_context *ctx, mk_message *message) {
  MK_TRY(mk_message_head(ctx, message));
  MK_TRY(mk_families_take(ctx, &message->families));
  for (int family = 0; family < message->families.count; family++) {
    message->is_laid = message->is_laid || mk_family_is_newer(&message->families, family, &message->record);
  }
  if (!message->is_laid) {
    return MK_OK;
  }
  MK_TRY(mk_message_load(ctx, message));
  MK_TRY(lay_content(ctx, &message->families, &message->record));
  bool has_fields = mk_family_is_newer(&message->families, MK_MESSAGE_FIELDS, &message->record);
  return has_fields ? lay_fields(ctx, &message->families.records[MK_MESSAGE_FIELDS], &message->record) : MK_OK;
}

mk_status mk_message_take(mk_context *ctx, const mk_place *place, mk_message *message) {
  message->exists = mk_str_is_present(message->io->result);
  if (message->exists && message->locator_io != NULL) {
    MK_TRY(is_here(ctx, place, message->locator_io, &message->exists));
  }
  if (!message->exists) {
    return MK_OK;
  }
  return message->has_families ? lay_families(ctx, message) : MK_OK;
}

mk_status mk_message_load(mk_context *ctx, mk_message *message) {
  if (!message->io->is_head) {
    return MK_OK;
  }
  MK_TRY(mk_io_load(ctx, message->io));
  return mk_record_take(ctx, message->io, &message->record);
}

/* Whether what a family holds still counts: not if the message was saved anew since, or its content
 * replaced. */
static bool counts(const mk_message *message, const mk_change *change, int family) {
  bool is_over =
      family == MK_MESSAGE_METADATA && (change->is_replaced || is_outdated(&message->families, &message->record));
  return !is_over && mk_family_is_newer(&message->families, family, &message->record);
}

/* A family to change: begins with what it holds. */
static mk_record *begin_family(const mk_message *message, mk_change *change, int family) {
  mk_record *record = &change->families[family];
  if (!change->is_changed[family]) {
    *record = counts(message, change, family) ? message->families.records[family] : (mk_record){0};
  }
  change->is_changed[family] = true;
  return record;
}

/* Add members to those that a family's one member holds. */
static mk_status add_members(mk_context *ctx, mk_record *family, const char *name, mk_str members) {
  mk_str all;
  MK_TRY(merge(ctx, mk_record_get(family, name), members, &all));
  return mk_record_set(ctx, family, name, all);
}

/* All of the content: what was given of it before is over. */
static mk_status replace_content(mk_context *ctx, mk_message *message, mk_str content, mk_change *change) {
  mk_record *family = begin_family(message, change, MK_MESSAGE_CONTENT);
  *family = (mk_record){0};
  MK_TRY(mk_record_set(ctx, family, "_replaced", MK_STR("true")));
  MK_TRY(mk_record_set(ctx, family, "content", content));
  change->is_changed[MK_MESSAGE_METADATA] = false;
  change->is_replaced = true;
  return mk_record_set(ctx, &message->record, "content", content);
}

static mk_status change_content(mk_context *ctx, mk_message *message, mk_str given, mk_change *change) {
  mk_str content = mk_record_get(&message->record, "content");
  if (!mk_json_is_object(content) || !mk_json_is_object(given)) {
    return replace_content(ctx, message, given, change);
  }
  mk_str metadata = mk_json_get(given, "metadata");
  mk_record members;
  mk_str others;
  MK_TRY(mk_record_of_object(ctx, given, &members));
  if (mk_json_is_object(metadata)) {
    MK_TRY(mk_record_put(ctx, &members, (mk_member){MK_STR("\"metadata\""), MK_STR("null")})); /* which removes it */
    MK_TRY(add_members(ctx, begin_family(message, change, MK_MESSAGE_METADATA), "metadata", metadata));
    MK_TRY(merge_metadata(ctx, metadata, &content));
  }
  if (members.count > 0) {
    MK_TRY(mk_record_object(ctx, &members, &others));
    MK_TRY(add_members(ctx, begin_family(message, change, MK_MESSAGE_CONTENT), "content", others));
    MK_TRY(merge(ctx, content, others, &content));
  }
  return mk_record_set(ctx, &message->record, "content", content);
}

mk_status mk_message_change(mk_context *ctx, mk_message *message, const mk_record *update, mk_change *change) {
  for (size_t i = 0; i < update->count; i++) {
    mk_member member = update->members[i];
    if (mk_json_name_is(member.name, "content")) {
      MK_TRY(change_content(ctx, message, member.value, change));
    } else if (!is_placing(member.name)) {
      mk_record *family = begin_family(message, change, MK_MESSAGE_FIELDS);
      mk_record one = {.members = &member, .count = 1};
      MK_TRY(mk_record_lay(ctx, family, &one));
      MK_TRY(mk_record_put(ctx, &message->record, member));
    }
  }
  return MK_OK;
}

/* Whose a family is, so that all that is somebody's can be found. */
static mk_status owner_format(mk_context *ctx, const mk_place *place, const mk_record *record, mk_str *out) {
  mk_str resource;
  mk_buf buf = mk_buf_make(ctx->arena);
  MK_TRY(mk_message_resource(ctx, record, &resource));
  mk_json_begin(&buf, '{');
  mk_json_member_text(&buf, "threadId", place->thread.part);
  if (mk_str_is_present(resource)) {
    mk_json_member_text(&buf, "resourceId", resource);
  }
  mk_json_end(&buf, '}');
  return mk_take(ctx, &buf, out);
}

bool mk_message_is_apart(const mk_message *message, const mk_change *change) {
  for (int family = 0; family < MK_MESSAGE_FAMILY_COUNT; family++) {
    if (change->is_changed[family] || mk_family_is_newer(&message->families, family, &message->record)) {
      return true;
    }
  }
  return false;
}

bool mk_message_is_rescoped(const mk_message *message, const mk_change *change) {
  const mk_record *fields = change->is_changed[MK_MESSAGE_FIELDS] ? &change->families[MK_MESSAGE_FIELDS]
                            : mk_family_is_newer(&message->families, MK_MESSAGE_FIELDS, &message->record)
                                ? &message->families.records[MK_MESSAGE_FIELDS]
                                : NULL;
  return fields != NULL && mk_str_is_present(mk_record_get(fields, "resourceId"));
}

mk_status mk_message_put_change(mk_context *ctx, const mk_place *place, const mk_message *message,
                                const mk_change *change, int64_t now_ms) {
  mk_str metadata;
  MK_TRY(owner_format(ctx, place, &message->record, &metadata));
  for (int family = 0; family < MK_MESSAGE_FAMILY_COUNT; family++) {
    int64_t record_ms = message->record.written_at_ms;
    int64_t family_ms = message->families.records[family].written_at_ms;
    int64_t newest_ms = record_ms > family_ms ? record_ms : family_ms;
    if (change->is_changed[family]) {
      MK_TRY(mk_family_put(ctx, MK_MESSAGE_FAMILIES, place->id.part, family, &change->families[family], metadata,
                           now_ms > newest_ms ? now_ms : newest_ms + 1));
    }
  }
  return MK_OK;
}

mk_status mk_message_delete_families(mk_context *ctx, mk_str id_part) {
  for (int family = 0; family < MK_MESSAGE_FAMILY_COUNT; family++) {
    mk_str key;
    MK_TRY(mk_family_key(ctx, MK_MESSAGE_FAMILIES, id_part, family, &key));
    MK_TRY(mk_io_delete(ctx, MK_MESSAGE_FAMILIES, key));
  }
  return MK_OK;
}

mk_status mk_message_resource(mk_context *ctx, const mk_record *record, mk_str *part) {
  mk_id resource = {.part = MK_STR_NONE};
  mk_str span = mk_record_get(record, "resourceId");
  if (mk_json_is_string(span)) {
    MK_TRY(mk_id_make(ctx, span, &resource));
  }
  *part = resource.part;
  return MK_OK;
}

mk_status mk_message_read_resource(mk_context *ctx, mk_message *message, mk_str *part) {
  MK_TRY(mk_message_head(ctx, message));
  if (!mk_str_is_present(mk_record_get(&message->record, "resourceId"))) {
    MK_TRY(mk_message_load(ctx, message)); /* it may stand behind the content */
  }
  return mk_message_resource(ctx, &message->record, part);
}

mk_status mk_message_put(mk_context *ctx, const mk_place *place, const mk_record *record, int64_t written_at_ms) {
  mk_str key;
  mk_str value;
  mk_str metadata;
  mk_str resource;
  MK_TRY(mk_message_resource(ctx, record, &resource));
  MK_TRY(mk_message_key(ctx, place, &key));
  MK_TRY(mk_record_format(ctx, record, written_at_ms, &value));
  MK_TRY(mk_place_metadata_format(ctx, place, resource, &metadata));
  return mk_io_put(ctx, MK_MESSAGES, key, value, metadata);
}

void mk_message_answer(mk_buf *buf, const mk_record *record) {
  bool has_type = false;
  mk_json_begin(buf, '{');
  for (size_t i = 0; i < record->count; i++) {
    const mk_member *member = &record->members[i];
    mk_json_name_span(buf, member->name);
    if (mk_json_name_is(member->name, "content") && mk_json_is_string(member->value)) {
      mk_buf_literal(buf, "{\"format\":2,\"content\":");
      mk_buf_text(buf, member->value);
      mk_buf_literal(buf, ",\"parts\":[{\"type\":\"text\",\"text\":");
      mk_buf_text(buf, member->value);
      mk_buf_literal(buf, "}]}");
    } else {
      mk_buf_text(buf, member->value);
    }
    has_type = has_type || mk_json_name_is(member->name, "type");
  }
  if (!has_type) {
    mk_json_member(buf, "type", MK_STR("\"text\""));
  }
  mk_json_end(buf, '}');
}

mk_status mk_message_refer(mk_context *ctx, mk_buf *buf, mk_message *message) {
  if (ctx->can_refer && !message->is_laid) {
    mk_json_int(buf, message->io->ticket);
    return MK_OK;
  }
  MK_TRY(mk_message_load(ctx, message));
  mk_message_answer(buf, &message->record);
  return MK_OK;
}

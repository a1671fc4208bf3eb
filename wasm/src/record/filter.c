#include "record/filter.h"

#include "base/date.h"
#include "base/json.h"

#define NAME_SIZE_MAX 128
/* Values nested deeper than this are compared as text: the comparison recurses. */
#define EQUAL_DEPTH_MAX 256

mk_status mk_bound_read(mk_context *ctx, mk_str args, const char *name, int64_t *ms) {
  mk_str bound = mk_json_get(args, name);
  if (!mk_str_is_present(bound)) {
    return MK_OK;
  }
  if (!mk_json_is_string(bound) || !mk_date_read((mk_str){bound.data + 1, bound.size - 2}, ms)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "%s of a date range must be a Date or an ISO 8601 date string",
                   name);
  }
  return MK_OK;
}

mk_status mk_range_read(mk_context *ctx, mk_str date_range, mk_range *out) {
  *out = MK_RANGE_ALL;
  MK_TRY(mk_bound_read(ctx, date_range, "start", &out->oldest_ms));
  MK_TRY(mk_bound_read(ctx, date_range, "end", &out->newest_ms));
  out->oldest_ms += mk_json_is_true(mk_json_get(date_range, "startExclusive"));
  out->newest_ms -= mk_json_is_true(mk_json_get(date_range, "endExclusive"));
  return MK_OK;
}

bool mk_range_has(const mk_range *range, int64_t ms) { return ms >= range->oldest_ms && ms <= range->newest_ms; }

static bool is_plain_name(mk_str name) {
  for (size_t i = 0; i < name.size; i++) {
    char byte = name.data[i];
    bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
    if (!is_letter && (i == 0 || byte < '0' || byte > '9')) {
      return false;
    }
  }
  return name.size > 0;
}

static bool is_reserved_name(mk_str name) {
  return mk_str_equal(name, MK_STR("__proto__")) || mk_str_equal(name, MK_STR("prototype")) ||
         mk_str_equal(name, MK_STR("constructor"));
}

static mk_str unquoted(mk_str span) { return (mk_str){span.data + 1, span.size - 2}; }

static bool is_primitive(mk_str value) { return !mk_json_is_object(value) && !mk_json_is_array(value); }

/* Check one member of a filter on messages; `is_odd`: JSON does not hold its value. */
static mk_status check_member(mk_context *ctx, const mk_member *member, bool is_odd) {
  mk_str name = unquoted(member->name);
  if (name.size > NAME_SIZE_MAX || !is_plain_name(name) || is_reserved_name(name)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "Invalid metadata filter key \"%.*s\".", MK_STR_ARG(name));
  }
  return !is_odd && is_primitive(member->value)
             ? MK_OK
             : mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL,
                       "Invalid metadata filter value for key \"%.*s\". Values must be string, finite number, "
                       "boolean, or null.",
                       MK_STR_ARG(name));
}

mk_status mk_message_filter_read(mk_context *ctx, mk_str metadata, mk_str odd, mk_str *out) {
  mk_member member;
  *out = MK_STR_NONE;
  if (!mk_str_is_present(metadata)) {
    return MK_OK;
  }
  if (!mk_json_is_object(metadata)) {
    return mk_fail(ctx, MK_E_INVALID_ARGUMENT, NULL, "Metadata filter must be an object.");
  }
  for (mk_cursor cursor = mk_json_walk(odd); mk_json_next(&cursor, &member);) {
    MK_TRY(check_member(ctx, &member, true));
  }
  for (mk_cursor cursor = mk_json_walk(metadata); mk_json_next(&cursor, &member);) {
    MK_TRY(check_member(ctx, &member, false));
    *out = metadata;
  }
  return MK_OK;
}

/* The member of an object by its name span, or absent. */
static mk_str get_member(mk_str object, mk_str name_span) {
  mk_cursor cursor = mk_json_walk(object);
  mk_member member;
  while (mk_json_next(&cursor, &member)) {
    if (mk_str_equal(member.name, name_span)) {
      return member.value;
    }
  }
  return MK_STR_NONE;
}

bool mk_message_filter_matches(mk_str filter, mk_str content) {
  mk_str metadata = mk_json_get(content, "metadata");
  return mk_json_is_object(metadata) && mk_thread_filter_matches(filter, metadata);
}

mk_status mk_thread_filter_read(mk_context *ctx, mk_str metadata, mk_str *out) {
  *out = MK_STR_NONE;
  if (!mk_json_is_object(metadata)) {
    return MK_OK;
  }
  mk_cursor cursor = mk_json_walk(metadata);
  mk_member member;
  while (mk_json_next(&cursor, &member)) {
    mk_str name = unquoted(member.name);
    const char *wrong = NULL;
    if (is_reserved_name(name)) {
      wrong = "Invalid metadata key: \"%.*s\".";
    } else if (!is_plain_name(name)) {
      wrong =
          "Invalid metadata key: \"%.*s\". Keys must start with a letter or underscore and contain only alphanumeric "
          "characters and underscores.";
    } else if (name.size > NAME_SIZE_MAX) {
      wrong = "Metadata key \"%.*s\" exceeds maximum length of 128 characters.";
    }
    if (wrong != NULL) {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat-nonliteral"
      return mk_fail(ctx, MK_E_INVALID_ARGUMENT, "INVALID_METADATA_KEY", wrong, MK_STR_ARG(name));
#pragma clang diagnostic pop
    }
    *out = metadata;
  }
  return MK_OK;
}

static bool equal_at(mk_str a, mk_str b, int depth);

static bool has_members(mk_str filter, mk_str object, int depth, size_t *count) {
  mk_cursor cursor = mk_json_walk(filter);
  mk_member member;
  for (*count = 0; mk_json_next(&cursor, &member); (*count)++) {
    mk_str value = get_member(object, member.name);
    if (!mk_str_is_present(value) || !equal_at(member.value, value, depth)) {
      return false;
    }
  }
  return true;
}

bool mk_thread_filter_matches(mk_str filter, mk_str metadata) {
  size_t count = 0;
  return mk_json_is_object(metadata) && has_members(filter, metadata, 0, &count);
}

bool mk_thread_filter_lacks(mk_str names, mk_str metadata) {
  mk_cursor cursor = mk_json_walk(names);
  mk_member name;
  while (mk_json_next(&cursor, &name)) {
    if (mk_str_is_present(get_member(metadata, name.value))) {
      return false;
    }
  }
  return mk_json_is_object(metadata);
}

static size_t count_members(mk_str value) {
  size_t count = 0;
  mk_member member;
  for (mk_cursor cursor = mk_json_walk(value); mk_json_next(&cursor, &member);) {
    count++;
  }
  return count;
}

static bool equal_arrays(mk_str a, mk_str b, int depth) {
  mk_cursor of_a = mk_json_walk(a);
  mk_cursor of_b = mk_json_walk(b);
  mk_member in_a;
  mk_member in_b;
  while (mk_json_next(&of_a, &in_a)) {
    if (!mk_json_next(&of_b, &in_b) || !equal_at(in_a.value, in_b.value, depth)) {
      return false;
    }
  }
  return !mk_json_next(&of_b, &in_b);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by EQUAL_DEPTH_MAX */
static bool equal_at(mk_str a, mk_str b, int depth) {
  if (mk_str_equal(a, b)) {
    return true;
  }
  if (depth == EQUAL_DEPTH_MAX) {
    return false;
  }
  size_t count = 0;
  if (mk_json_is_object(a) && mk_json_is_object(b)) {
    return has_members(a, b, depth + 1, &count) && count == count_members(b);
  }
  return mk_json_is_array(a) && mk_json_is_array(b) && equal_arrays(a, b, depth + 1);
}

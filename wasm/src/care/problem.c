#include "care/problem.h"

#include "base/json.h"

typedef struct wording {
  const char *name;
  const char *advice;
} wording;

static const wording wordings[] = {
    [MK_PROBLEM_UNREADABLE] = {"unreadable",
                               "Nothing can read this value. repair moves it to quarantine:, bytes kept."},
    [MK_PROBLEM_INVALID] = {"invalid", "Save the record again as it should be, or let repair move it to quarantine:."},
    [MK_PROBLEM_WRONG_KEY] = {"wrong_key", "It was copied or edited by hand. repair moves it to quarantine:."},
    [MK_PROBLEM_WRONG_METADATA] = {"wrong_metadata", "Lists filter by KV metadata. repair writes it from the value."},
    [MK_PROBLEM_MISSING_ENTRY] = {"missing_entry", "Lists or look-ups may miss the record. repair writes the entry."},
    [MK_PROBLEM_WRONG_ENTRY] = {"wrong_entry", "repair writes the entry from its record."},
    [MK_PROBLEM_STRAY_ENTRY] = {"stray_entry", "Readers pass it over. repair deletes it: it holds nothing of its own."},
    [MK_PROBLEM_ORPHAN] = {"orphan", "Its record is gone. repair moves it to quarantine:."},
    [MK_PROBLEM_DUPLICATE] = {"duplicate", "Its locator names another place, which holds the message, too. repair "
                                           "deletes what a move left behind, and moves anything else to quarantine:."},
    [MK_PROBLEM_LEFTOVER] = {"leftover",
                             "It, or its thread, was deleted, and readers pass it over. repair deletes it."},
    [MK_PROBLEM_STRANGE_KEY] = {"strange_key", "Something else wrote it. Where another program shares the namespace, "
                                               "give this store a keyPrefix; repair would move it to quarantine:."},
};

static const char *const fixes[] = {
    [MK_FIX_PUT] = "write", [MK_FIX_DELETE] = "delete", [MK_FIX_SET_ASIDE] = "set_aside"};

const char *mk_problem_name(mk_problem_kind kind) { return wordings[kind].name; }
const char *mk_problem_advice(mk_problem_kind kind) { return wordings[kind].advice; }

static void write_member(mk_buf *buf, const char *name, mk_str text) {
  mk_buf_literal(buf, name);
  mk_json_encode(buf, text);
}

void mk_problem_write(mk_buf *buf, const mk_problem *problem) {
  write_member(buf, "{\"kind\":", mk_str_of(mk_problem_name(problem->kind)));
  write_member(buf, ",\"table\":", mk_str_of(mk_schema_table(problem->table)->name));
  write_member(buf, ",\"key\":", problem->key);
  if (mk_str_is_present(problem->reason)) {
    write_member(buf, ",\"reason\":", problem->reason);
  }
  write_member(buf, ",\"fix\":", mk_str_of(fixes[problem->fix]));
  if (mk_str_is_present(problem->moved_to)) {
    write_member(buf, ",\"movedTo\":", problem->moved_to);
  }
  write_member(buf, ",\"advice\":", mk_str_of(mk_problem_advice(problem->kind)));
  mk_buf_char(buf, '}');
}

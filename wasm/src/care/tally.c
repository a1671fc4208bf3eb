#include "care/tally.h"

#include "base/date.h"
#include "base/json.h"

static void add_time(mk_tally *tally, const mk_record *record) {
  static const char *const columns[] = {"createdAt", "updatedAt"};
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
    mk_str span = mk_record_get(record, columns[i]);
    int64_t ms = 0;
    if (!mk_date_take(span, &ms)) {
      continue;
    }
    tally->oldest_ms = !tally->has_times || ms < tally->oldest_ms ? ms : tally->oldest_ms;
    tally->newest_ms = !tally->has_times || ms > tally->newest_ms ? ms : tally->newest_ms;
    tally->has_times = true;
    return;
  }
}

void mk_tally_add(mk_tally *tally, const mk_subject *subjects, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const mk_subject *subject = &subjects[i];
    if (!mk_str_is_present(subject->value)) {
      continue;
    }
    tally->keys++;
    tally->bytes += (int64_t)(subject->key.size + subject->value.size + subject->metadata.size);
    if (!subject->is_strange && subject->is_record) {
      tally->records++;
      if (subject->is_readable) {
        add_time(tally, &subject->record);
      }
    }
  }
}

static void write_date(mk_buf *buf, const char *name, int64_t ms) {
  mk_date_text date = mk_date_format(ms);
  mk_buf_literal(buf, name);
  mk_json_encode(buf, (mk_str){date.data, date.size});
}

void mk_tally_write(mk_buf *buf, const mk_tally *tally) {
  mk_buf_literal(buf, "{\"keys\":");
  mk_buf_int(buf, tally->keys);
  mk_buf_literal(buf, ",\"records\":");
  mk_buf_int(buf, tally->records);
  mk_buf_literal(buf, ",\"bytes\":");
  mk_buf_int(buf, tally->bytes);
  if (tally->has_times) {
    write_date(buf, ",\"oldest\":", tally->oldest_ms);
    write_date(buf, ",\"newest\":", tally->newest_ms);
  }
  mk_buf_char(buf, '}');
}

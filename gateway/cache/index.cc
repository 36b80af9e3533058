// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/cache/index.hh"

#include <fcntl.h>
#include <fmt/core.h>
#include <sqlite3.h>
#include <unistd.h>

#include "gateway/base/fd.hh"

namespace vfsrun {

namespace {

// Stored in the database; another number means that it is not ours.
constexpr int format = 2;

tl::unexpected<Error> fail_sqlite(sqlite3* database, int code) {
  const int kind = code & 0xff;  // the rest is detail: sqlite.org/rescode
  const int error = kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB ? EBADMSG
                    : kind == SQLITE_BUSY || kind == SQLITE_LOCKED  ? EBUSY
                    : kind == SQLITE_FULL                           ? ENOSPC
                                                                    : EIO;
  return fail(error, fmt::format("cache index: {}", sqlite3_errmsg(database)));
}

/// One statement, finalized at the end.
class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql) : database_(database) {
    code_ =
        sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()),
                           &statement_, nullptr);
  }

  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  ~Statement() { sqlite3_finalize(statement_); }

  Statement& bind(int position, std::string_view text) {
    if (code_ == SQLITE_OK) {
      code_ =
          sqlite3_bind_text(statement_, position, text.data(),
                            static_cast<int>(text.size()), SQLITE_TRANSIENT);
    }
    return *this;
  }

  Statement& bind(int position, std::int64_t number) {
    if (code_ == SQLITE_OK)
      code_ = sqlite3_bind_int64(statement_, position, number);
    return *this;
  }

  /// True for a row, false at the end.
  Result<bool> step() {
    if (code_ != SQLITE_OK) return fail_sqlite(database_, code_);
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return fail_sqlite(database_, code);
  }

  [[nodiscard]] bool is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }

  [[nodiscard]] std::int64_t number(int column) const {
    return sqlite3_column_int64(statement_, column);
  }

  [[nodiscard]] std::string text(int column) const {
    const auto* text = sqlite3_column_text(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    return {reinterpret_cast<const char*>(text),
            text == nullptr ? 0 : static_cast<std::size_t>(size)};
  }

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  int code_ = SQLITE_OK;
};

Result<void> run(sqlite3* database, const char* sql) {
  const int code = sqlite3_exec(database, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail_sqlite(database, code);
  return {};
}

Result<void> set_up(sqlite3* database) {
  // Losing the last touches in a power cut costs nothing but order. First, or
  // a new file would be synced four times on its way into WAL mode.
  TRY(run(database, "PRAGMA synchronous=OFF"));
  // The mode stays with the file. Two processes that open a new one at once
  // can get in each other's way here, and then one of them has done it.
  const auto mode = run(database, "PRAGMA journal_mode=WAL");
  if (!mode && mode.error().code != EBUSY) return tl::unexpected(mode.error());
  std::int64_t version = 0;
  {
    Statement statement(database, "PRAGMA user_version");
    if (TRY(statement.step())) version = statement.number(0);
  }
  if (version != 0 && version != format)
    return fail(EBADMSG, "cache index: of another version");
  if (version == 0) {
    TRY(run(database,
            "BEGIN IMMEDIATE;"
            "CREATE TABLE IF NOT EXISTS files("
            " name TEXT PRIMARY KEY, bytes INTEGER, used INTEGER NOT NULL)"
            " WITHOUT ROWID;"
            "CREATE TABLE IF NOT EXISTS urls("
            " url TEXT PRIMARY KEY, version TEXT NOT NULL,"
            " size INTEGER NOT NULL, modified INTEGER,"
            " confirmed INTEGER NOT NULL, fresh_for INTEGER) WITHOUT ROWID;"
            "CREATE TABLE IF NOT EXISTS pins(url TEXT PRIMARY KEY)"
            " WITHOUT ROWID;"
            "PRAGMA user_version=2;"
            "COMMIT"));
  }
  Statement probe(database, "SELECT name, bytes, used FROM files LIMIT 1");
  TRY(probe.step());
  return {};
}

CacheIndex::Note note_of(const Statement& statement) {
  CacheIndex::Note note{statement.text(0),
                        statement.text(1),
                        static_cast<std::uint64_t>(statement.number(2)),
                        {}};
  if (!statement.is_null(3)) note.modified = statement.number(3);
  note.confirmed = statement.number(4);
  if (!statement.is_null(5)) note.fresh_for = statement.number(5);
  return note;
}

}  // namespace

void CacheIndex::Close::operator()(sqlite3* database) const noexcept {
  sqlite3_close_v2(database);
}

Result<std::unique_ptr<CacheIndex>> CacheIndex::open(const std::string& path,
                                                     int busy_milliseconds) {
  // SQLite would make it readable by others. Its companions get its mode; an
  // empty file is an empty database. One that is there already must not be
  // opened, since to close it would drop the locks of this process: fcntl(2).
  if (::access(path.c_str(), F_OK) != 0) {
    const auto made =
        open_file(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (!made && made.error().code != EEXIST)
      return tl::unexpected(made.error());
  }
  sqlite3* database = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &database,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                          SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_FULLMUTEX,
                      nullptr);
  // sqlite3_open_v2 gives a handle even when it fails.
  std::unique_ptr<CacheIndex> index(new CacheIndex(database));
  if (code != SQLITE_OK) return fail_sqlite(database, code);
  sqlite3_busy_timeout(database, busy_milliseconds);
  TRY(set_up(database));
  return index;
}

void CacheIndex::remove_files(const std::string& path) noexcept {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"})
    ::unlink((path + suffix).c_str());
}

Result<void> CacheIndex::put(const Growing& file) {
  Statement statement(
      database_.get(),
      "INSERT INTO files(name, bytes, used) VALUES(?1, NULL, ?2)"
      " ON CONFLICT(name) DO UPDATE SET bytes=NULL, used=max(used, ?2)");
  TRY(statement.bind(1, file.name).bind(2, file.now).step());
  return {};
}

Result<void> CacheIndex::put(const Settled& file) {
  Statement statement(
      database_.get(),
      "INSERT INTO files(name, bytes, used) VALUES(?1, ?2, ?3)"
      " ON CONFLICT(name) DO UPDATE SET bytes=?2, used=max(used, ?3)");
  statement.bind(1, file.name);
  statement.bind(2, static_cast<std::int64_t>(file.bytes));
  TRY(statement.bind(3, file.now).step());
  return {};
}

Result<void> CacheIndex::apply(std::span<const Change> changes) {
  const std::lock_guard lock(mutex_);
  TRY(run(database_.get(), "BEGIN IMMEDIATE"));
  Result<void> done;
  for (const Change& change : changes) {
    done = std::visit([this](const auto& each) { return put(each); }, change);
    if (!done) break;
  }
  if (done) done = run(database_.get(), "COMMIT");
  if (!done) (void)run(database_.get(), "ROLLBACK");
  return done;
}

Result<void> CacheIndex::remove(std::string_view name) {
  const std::lock_guard lock(mutex_);
  Statement statement(database_.get(), "DELETE FROM files WHERE name=?1");
  TRY(statement.bind(1, name).step());
  return {};
}

Result<std::vector<CacheIndex::Row>> CacheIndex::by_age() {
  const std::lock_guard lock(mutex_);
  std::vector<Row> rows;
  Statement statement(database_.get(),
                      "SELECT name, bytes FROM files ORDER BY used, name");
  while (TRY(statement.step())) {
    Row& row = rows.emplace_back();
    row.name = statement.text(0);
    if (!statement.is_null(1) && statement.number(1) >= 0)
      row.bytes = static_cast<std::uint64_t>(statement.number(1));
  }
  return rows;
}

Result<void> CacheIndex::put(const Note& note) {
  Statement statement(
      database_.get(),
      "INSERT INTO urls(url, version, size, modified, confirmed, fresh_for)"
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
      " ON CONFLICT(url) DO UPDATE SET version=?2, size=?3, modified=?4,"
      " confirmed=iif(?5<>0 OR version<>?2, ?5, confirmed),"
      " fresh_for=iif(?5<>0 OR version<>?2, ?6, fresh_for)"
      " WHERE version<>?2 OR size<>?3 OR modified IS NOT ?4"
      " OR (?5<>0 AND (confirmed<>?5 OR fresh_for IS NOT ?6))");
  statement.bind(1, note.url).bind(2, note.version);
  statement.bind(3, static_cast<std::int64_t>(note.size));
  if (note.modified) statement.bind(4, *note.modified);
  statement.bind(5, note.confirmed);
  if (note.fresh_for) statement.bind(6, *note.fresh_for);
  TRY(statement.step());
  return {};
}

Result<std::optional<CacheIndex::Note>> CacheIndex::recall(
    std::string_view url) {
  const std::lock_guard lock(mutex_);
  Statement statement(
      database_.get(),
      "SELECT url, version, size, modified, confirmed, fresh_for FROM urls"
      " WHERE url=?1");
  if (!TRY(statement.bind(1, url).step())) return std::nullopt;
  return note_of(statement);
}

Result<std::vector<CacheIndex::Note>> CacheIndex::notes() {
  const std::lock_guard lock(mutex_);
  std::vector<Note> notes;
  Statement statement(
      database_.get(),
      "SELECT url, version, size, modified, confirmed, fresh_for FROM urls"
      " ORDER BY url");
  while (TRY(statement.step())) notes.push_back(note_of(statement));
  return notes;
}

Result<void> CacheIndex::pin(std::string_view url) {
  const std::lock_guard lock(mutex_);
  Statement statement(database_.get(),
                      "INSERT OR IGNORE INTO pins(url) VALUES(?1)");
  TRY(statement.bind(1, url).step());
  return {};
}

Result<void> CacheIndex::unpin(std::string_view url) {
  const std::lock_guard lock(mutex_);
  Statement statement(database_.get(), "DELETE FROM pins WHERE url=?1");
  TRY(statement.bind(1, url).step());
  return {};
}

Result<std::vector<std::string>> CacheIndex::pins() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> pins;
  Statement statement(database_.get(), "SELECT url FROM pins ORDER BY url");
  while (TRY(statement.step())) pins.push_back(statement.text(0));
  return pins;
}

Result<void> CacheIndex::doubt(std::string_view url) {
  const std::lock_guard lock(mutex_);
  Statement statement(database_.get(),
                      "UPDATE urls SET confirmed=0 WHERE url=?1");
  TRY(statement.bind(1, url).step());
  return {};
}

Result<void> CacheIndex::forget(std::string_view url,
                                std::string_view version) {
  const std::lock_guard lock(mutex_);
  Statement statement(database_.get(),
                      "DELETE FROM urls WHERE url=?1 AND version=?2");
  TRY(statement.bind(1, url).bind(2, version).step());
  return {};
}

}  // namespace vfsrun

// SPDX-License-Identifier: GPL-2.0-or-later
#include "backends/curl/admission.hh"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("backends/curl/admission.cc");

using namespace vfsrun;
using vfsrun::curl::Admission;

TEST_CASE("the important goes first, then the earlier") {
  Admission admission(1, 10);
  admission.enqueue(1, "a", Priority::prefetch);
  admission.enqueue(2, "a", Priority::foreground);
  admission.enqueue(3, "a", Priority::metadata);
  admission.enqueue(4, "a", Priority::metadata);
  for (const Admission::Ticket expected : {3U, 4U, 2U, 1U}) {
    CHECK(admission.next() == expected);
    CHECK(admission.next() == std::nullopt);
    admission.remove(expected);
  }
  CHECK(admission.running() == 0);
}

TEST_CASE("a prefetch in a hurry goes behind the reads that wait already") {
  Admission admission(1, 10);
  admission.enqueue(1, "a", Priority::prefetch);
  admission.enqueue(2, "a", Priority::prefetch);
  admission.enqueue(3, "a", Priority::foreground);
  admission.enqueue(4, "a", Priority::metadata);
  for (const Admission::Ticket ticket : {2U, 2U, 3U, 4U, 99U})
    admission.hurry(ticket);
  for (const Admission::Ticket expected : {4U, 3U, 2U, 1U}) {
    CHECK(admission.next() == expected);
    admission.hurry(expected);  // it runs: nothing is left to hurry
    CHECK(admission.next() == std::nullopt);
    admission.remove(expected);
  }
  CHECK(admission.running() == 0);
}

TEST_CASE("a host that is full does not keep another one waiting") {
  Admission admission(1, 10);
  admission.enqueue(1, "a", Priority::metadata);
  admission.enqueue(2, "a", Priority::metadata);
  admission.enqueue(3, "b", Priority::prefetch);
  CHECK(admission.next() == 1);
  CHECK(admission.next() == 3);
  CHECK(admission.next() == std::nullopt);
}

TEST_CASE("reads and prefetches leave connections for those before them") {
  Admission admission(16, 100);
  for (Admission::Ticket ticket = 1; ticket <= 40; ++ticket)
    admission.enqueue(ticket, "a", Priority::prefetch);
  while (admission.next()) {
  }
  CHECK(admission.running() == 12);
  for (Admission::Ticket ticket = 41; ticket <= 60; ++ticket)
    admission.enqueue(ticket, "a", Priority::foreground);
  while (admission.next()) {
  }
  CHECK(admission.running() == 14);
  for (Admission::Ticket ticket = 61; ticket <= 70; ++ticket)
    admission.enqueue(ticket, "a", Priority::metadata);
  while (admission.next()) {
  }
  CHECK(admission.running() == 16);
}

TEST_CASE("all hosts together have a limit") {
  Admission admission(4, 2);
  admission.enqueue(1, "a", Priority::metadata);
  admission.enqueue(2, "b", Priority::metadata);
  admission.enqueue(3, "c", Priority::metadata);
  CHECK(admission.next() == 1);
  CHECK(admission.next() == 2);
  CHECK(admission.next() == std::nullopt);
  admission.remove(1);
  CHECK(admission.next() == 3);
}

TEST_CASE("who leaves the queue is not started, and twice is once") {
  Admission admission(1, 1);
  admission.enqueue(1, "a", Priority::metadata);
  admission.enqueue(2, "a", Priority::metadata);
  admission.enqueue(3, "a", Priority::metadata);
  CHECK(admission.next() == 1);
  admission.remove(2);
  admission.remove(2);
  admission.remove(1);
  admission.remove(1);
  CHECK(admission.next() == 3);
  CHECK(admission.running() == 1);
}

TEST_SUITE_END();

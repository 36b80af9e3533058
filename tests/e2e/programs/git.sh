#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# git: a repository cloned from the tree, and everyday work on a local one.
# timeout: 120
. "$E2E/programs/common"
need git
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a \
  GIT_COMMITTER_EMAIL=a@b GIT_AUTHOR_DATE='2020-01-01 00:00:00 +0000' \
  GIT_COMMITTER_DATE='2020-01-01 00:00:00 +0000'
more() {
  (
    mkdir "$1/work" && cd "$1/work"
    git -c init.defaultBranch=main init -q .
    for i in $(seq 30); do
      seq "$i" "$((i * 3))" >"file$((i % 7))"
      git add -A
      git commit -qm "change $i"
    done
    git -c init.defaultBranch=main clone -q --bare . "$1/repo.git"
    git -C "$1/repo.git" update-server-info
  )
  rm -rf "$1/work"
}
start_tree
alike clone 'git clone -q "$T/repo.git" copy && cd copy && git status &&
  git log --stat --oneline && git fsck && git ls-files && git show HEAD~3 &&
  git remote -v'
alike 'log and diff in the tree itself' '
  git --git-dir="$T/repo.git" log --oneline | wc -l
  git --git-dir="$T/repo.git" diff HEAD~5 HEAD --stat
  git ls-remote "$T/repo.git" | sort
  git init -q other 2>/dev/null; cd other && git fetch -q "$T/repo.git" main &&
    git log --oneline -n 3 FETCH_HEAD'
WHERE=local alike 'everyday work' '
  git clone -q "$T/repo.git" a && cd a && git checkout -q -b side HEAD~10 &&
  echo new >file3 && git add -A && git commit -qm side && git status --short &&
  git checkout -q main && git merge -q -m merged -X ours side && git log --graph --oneline -n 8 &&
  git stash list && git gc -q && git count-objects && git diff HEAD~2 | tail -n 5 &&
  git blame file2 | tail -n 2 && git grep -n 17 | head -n 3 && git worktree add -q ../b side &&
  ls ../b && git clean -n && git archive HEAD | tar -t'
expect_clean

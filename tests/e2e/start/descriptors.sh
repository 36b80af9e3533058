#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The program is what it would be natively: descriptors, limits, signals,
# umask, environment, process group, terminal, parent; and tracer and gateway
# hold nothing of what they inherited.
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_nginx
cat >look.py <<'PYTHON'
import os, resource, signal, sys
# Signals first: Python itself changes SIGPIPE and SIGXFSZ.
status = dict(l.split(":\t", 1) for l in open("/proc/self/status") if ":\t" in l)
fds = {}
for fd in sorted(map(int, os.listdir("/proc/self/fd"))):
    try:
        fds[fd] = os.readlink("/proc/self/fd/%d" % fd)
    except OSError:
        pass  # that of listdir itself
environment = {k: v for k, v in os.environ.items() if k not in ("_", "E2E_RUN", "SHLVL") and
               not k.startswith("BASH_FUNC")}
print(fds, sorted(environment.items()), os.getcwd(), os.umask(0o22), sep="\n")
print([resource.getrlimit(r) for r in range(16)])
for key in ("SigBlk", "SigIgn", "SigPnd", "Cpus_allowed_list", "Uid", "Gid",
            "Groups", "CapEff"):
    print(key, status.get(key, "").strip())
print(os.getpriority(os.PRIO_PROCESS, 0), os.getpgid(0) == os.getpid(), os.getsid(0))
print(sys.argv)
PYTHON
echo in >input
for how in native vfsrun; do
  run=()
  [ $how = native ] || run=(env "E2E_RUN=$E2E_ID" "$VFSRUN")
  (
    umask 027
    ulimit -n 512
    trap '' USR1
    exec "${run[@]}" "$PYTHON" look.py 'an argument' '' "$(printf 'x\ny')"
  ) 7<input 9>>appended <input >"out.$how" 2>"err.$how"
done
sed -i 's/out\.vfsrun/out.native/; s/err\.vfsrun/err.native/' out.vfsrun
diff out.native out.vfsrun
expect_clean

# Whoever waits for the end of a pipe is not kept waiting by us.
# (Not by the function: its shell would hold the pipe.)
env "E2E_RUN=$E2E_ID" "$VFSRUN" --log log sh -c "cat /http/$NGINX_HOST/hello.txt >/dev/null
  exec 1>&-; exec >/dev/null 2>&1; sleep 3" | {
  before=$(date +%s%N)
  cat >/dev/null
  passed=$((($(date +%s%N) - before) / 1000000))
  note "end of file after $passed ms"
  [ $passed -lt 2500 ] || fail 'somebody held stdout'
}
wait_until 5 is_clean

# Standard descriptors that are closed stay closed, and harm nothing.
vfsrun sh -c "cat /http/$NGINX_HOST/hello.txt >$WORK/out" <&- 2>&-
expect_equal 'Hello, world.' "$(cat out)"
(exec >&- 2>&- <&-; vfsrun sh -c "exec >$WORK/out; cat /http/$NGINX_HOST/a/b/c/deep.txt")
expect_equal 'four levels down' "$(cat out)"
expect_clean

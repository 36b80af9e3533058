#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SIGKILL of any one of program, tracer, gateway and whatever else there is:
# no mount, process or directory is left, and nothing hangs.
# timeout: 180
. "$E2E/lib.sh"
make_tree "$WORK/www"
start_nginx
start_fault_server
V=/http/$NGINX_HOST

# What the program does meanwhile; each touches "ready" when it is at it.
# shellcheck disable=SC2034  # used by name
{
idle="cat $V/hello.txt; exec 3<$V/large.bin; cd $V/dir; touch $WORK/ready; sleep 60"
stalled="cat $V/hello.txt; touch $WORK/ready; cat /http/$FAULT_HOST/stall/x"
reading="cat $V/hello.txt; touch $WORK/ready; while :; do cat $V/large.bin; done"
children="cat $V/hello.txt; (sleep 60 & sleep 60) & touch $WORK/ready; cat $V/large.bin; sleep 60"
local="touch $WORK/ready; sleep 60"
}

start() { # SCRIPT
  rm -f ready
  vfsrun --log "$WORK/vfsrun.log" sh -c "$1" >/dev/null 2>&1 &
  app=$!
  wait_until 10 test -e ready
  # $app is the shell that runs the function; the program is its child.
  program=$(pgrep -P $app | head -n 1)
  sleep 0.1
}

# Ends what the test itself started and that is to end: strays of the program.
end_rest() {
  local pid
  for pid in $(run_processes); do
    case $(cat "/proc/$pid/comm" 2>/dev/null) in
      sleep | sh | cat) kill -9 "$pid" 2>/dev/null || true ;;
    esac
  done
}

for work in idle stalled reading children local; do
  note "program killed while $work"
  start "${!work}"
  kill -9 "$program"
  wait $app || true
  end_rest
  wait_until 10 is_clean

  start "${!work}"
  victims=$(own_processes | wc -l)
  note "$victims processes of ours while $work"
  [ "$work" = local ] || [ "$victims" -ge 2 ] || fail 'fewer than tracer and gateway'
  end_rest
  wait $app || true
  wait_until 10 is_clean

  for nth in $(seq "$victims"); do
    start "${!work}"
    victim=$(own_processes | sed -n "${nth}p")
    name=$(cat "/proc/$victim/comm")
    note "kill -9 of $victim, $name ($nth of $victims) while $work"
    kill -9 "$victim"
    # The program may go on without a gateway; it ends when it is told to.
    sleep 0.3
    end_rest
    wait $app || true
    wait_until 10 is_clean
  done
done

# Without a tracer the program does not go on untraced.
start "$idle"
tracer=$(awk '/^TracerPid/ { print $2 }' "/proc/$program/status")
kill -9 "$tracer"
got=0
wait $app || got=$?
expect_equal 137 "$got" 'status of a program whose tracer was killed'
wait_until 10 is_clean

# Without a gateway calls fail, at once, and one line says so.
rm -f ready; mkfifo go
vfsrun sh -c "cat $V/hello.txt; touch $WORK/ready; read x <$WORK/go; cat $V/hello.txt
  cat $V/a/b/c/deep.txt; cat /etc/hostname" >out 2>err &
app=$!
wait_until 10 test -e ready
for pid in $(own_processes); do
  if tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q 'vfsrun-gateway.* serve'; then
    kill -9 "$pid"
  fi
done
sleep 0.2
echo go >go
wait $app || true
expect_equal "$(cat /etc/hostname)" "$(tail -n 1 out)" 'local work goes on'
expect_equal 2 "$(grep -c '^cat: ' err)" "failed calls ($(cat err))"
expect_equal 1 "$(grep -vc '^cat: ' err)" "lines about the gateway ($(cat err))"
wait_until 10 is_clean

#!/bin/bash
# SPDX-License-Identifier: MIT
# What systemd.t has the unit do, as a service of the systemd it started; facts go to ./facts.
cd /tmp/out || exit 1
exec >log 2>&1
unit=leastpriv-collector.service
fact() { echo "$1=${*:2}" >>facts; }
state() { systemctl show -P ActiveState $unit; }
systemctl start $unit
fact started "$? $(state)"
fact socket "$(stat -c '%a %U' /run/leastpriv/collector.sock)"
fact folder "$(stat -c '%a %U' /var/lib/leastpriv)"
# As the unit says, for programs of others than root.
mkdir -p /etc/systemd/system/$unit.d
printf '[Service]\nEnvironment=LEASTPRIV_OPTIONS=--user=nobody\nRestartSec=0.2\nStandardError=append:/run/said\n' \
    >/etc/systemd/system/$unit.d/user.conf
systemctl daemon-reload
systemctl restart $unit
systemctl start app@one app@two
systemctl reload $unit
for _ in {1..50}; do
    [ "$(cat /var/lib/leastpriv/*/*.policy.json 2>&1 | grep -c lp-in/)" -lt 2 ] || break
    sleep 0.1
done
cp -r /var/lib/leastpriv reloaded
pid=$(systemctl show -P MainPID $unit)
[ "$pid" = 0 ] || kill -9 "$pid"
for _ in {1..50}; do
    sleep 0.1
    [ "$(state)" != active ] || break
done
fact restarted "$(state)"
[ "$(systemctl show -P MainPID $unit)" = "$pid" ] || fact pid new
systemctl start app@three
systemctl stop $unit
fact stopped "$? $(state) $(systemctl show -P Result $unit)"
cp -r /var/lib/leastpriv stopped
cat /run/said
systemctl show -p ExecMainStatus,Result,NRestarts $unit

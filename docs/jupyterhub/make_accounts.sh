#!/bin/sh
# Make the accounts of a class and print a line for each, to be cut into slips: name and password.
#
#     sh make_accounts.sh learner 20 > /root/slips.txt        learner01 to learner20
#
# An account that is there already stays as it is, and is not printed.

set -eu
prefix=$1
count=$2

getent group mnist-learners >/dev/null || groupadd --system mnist-learners
for number in $(seq -w 1 "$count"); do
    name=$prefix$number
    if id "$name" >/dev/null 2>&1; then
        continue
    fi
    password=$(openssl rand -hex 5)
    # Without a shell: these accounts are for the hub only, not for SSH.
    useradd --create-home --shell /usr/sbin/nologin --groups mnist-learners "$name"
    chmod 700 "$(getent passwd "$name" | cut -d: -f6)"
    echo "$name:$password" | chpasswd
    echo "$name  $password"
done

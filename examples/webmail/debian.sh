#!/bin/sh
# Webmail behind Latchkey on Debian 12: Roundcube 1.6, Dovecot 2.3 and Postfix, on loopback and under one folder.
#
#   sh debian.sh install              the packages (as root)
#   sh debian.sh setup FOLDER         configures everything, with the organisation "Acme"
#   sh debian.sh start FOLDER [mail]  starts everything; "mail": all but Latchkey
#   sh debian.sh latchkey FOLDER …    a command of this Latchkey, such as "user list"
#   sh debian.sh stop FOLDER
#
# Variables of setup: WEBMAIL_PORT (18000: that port and the ten after it), WEBMAIL_DOMAIN (example.test),
# LATCHKEY (how Latchkey is called here; a clone's bin/latchkey.js by itself).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
packages='curl procps dovecot-imapd dovecot-pop3d dovecot-lmtpd dovecot-submissiond dovecot-managesieved dovecot-sieve
  postfix roundcube-core roundcube-sqlite3 roundcube-plugins php-cli php-sqlite3'
policy=/usr/sbin/policy-rc.d
# Where root came by "su" it is not in there.
PATH=$PATH:/usr/sbin:/sbin

main() {
  case "${1-}" in
    install) install ;;
    setup | start | stop | latchkey)
      [ -n "${2-}" ] || usage
      [ "$(id -u)" = 0 ] || fail 'Postfix has to be started by root: run this as root.'
      action=$1
      [ "$action" != setup ] || mkdir -p "$2"
      folder=$(cd "$2" && pwd)
      [ "$action" = setup ] || [ -e "$folder/ports" ] || fail "$folder is not set up: sh debian.sh setup $folder"
      shift 2
      "$action" "$@"
      ;;
    *) usage ;;
  esac
}

usage() {
  sed -n '4,8s/^# *//p' "$0" >&2
  exit 2
}

fail() {
  echo "$1" >&2
  exit 1
}

install() {
  [ "$(id -u)" = 0 ] || fail 'Packages are installed by root.'
  ours=''
  for service in dovecot postfix; do
    command -v "$service" >/dev/null || ours="$ours $service"
  done
  # What packages start by themselves would listen at all addresses.
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  apt-get update -q
  # Without what is only recommended: neither a database server nor a web server comes along.
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $packages
  # Nor at the next start of the machine. What was there before stays as it is.
  for service in $ours; do update-rc.d "$service" disable; done
}

setup() {
  [ -z "$(ls -A "$folder")" ] || fail "$folder is not empty. Remove it first, or take another one."
  for program in dovecot postfix php curl; do
    command -v "$program" >/dev/null || fail "$program is missing: sh debian.sh install"
  done
  chmod 755 "$folder"
  setpriv --reuid=nobody --regid=nogroup --clear-groups test -x "$folder/." ||
    fail "Dovecot and Roundcube run as other users, who cannot enter $folder. Take a folder outside of /root and of homes."
  port=${WEBMAIL_PORT:-18000}
  mkdir -p "$folder/run" "$folder/mail" "$folder/latchkey" "$folder/dovecot" "$folder/roundcube/data" \
    "$folder/postfix/spool/private" "$folder/postfix/data"
  secret 24 >"$folder/dovecot/doveadm.key"
  names='ISSUER WEBMAIL IMAP POP3 SIEVE SUBMISSION POSTFIX SMTP RELAY LMTP DOVEADM'
  values="s|@FOLDER@|$folder|g; s|@DOMAIN@|${WEBMAIL_DOMAIN:-example.test}|g"
  values="$values; s|@DOVEADM_KEY@|$(cat "$folder/dovecot/doveadm.key")|; s|@DES_KEY@|$(secret 12)|"
  for name in $names; do
    values="$values; s|@$name@|$port|g"
    eval "$name=$port"
    port=$((port + 1))
  done
  filled latchkey.yaml.in latchkey/latchkey.yaml
  filled dovecot/dovecot.conf dovecot/dovecot.conf
  filled postfix/main.cf postfix/main.cf
  filled postfix/master.cf postfix/master.cf
  filled roundcube/config.inc.php roundcube/config.inc.php
  # It tells secrets, and what this script does then.
  (umask 077 && : >"$folder/setup.log")
  trap 'cat "$folder/setup.log" >&2; echo "This was not set up. Remove $folder before the next try." >&2' EXIT
  register >"$folder/setup.log" 2>&1
  own
  trap - EXIT
  for name in $names; do eval "echo $name=\$$name"; done >"$folder/ports"
  echo "$folder is set up. Next: sh debian.sh start $folder"
}

# A secret of so many random bytes.
secret() {
  od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'
}

filled() {
  (umask 077 && sed "$values" "$here/$1" >"$folder/$2")
}

latchkey() {
  (become_latchkey "$@")
}

become_latchkey() {
  cd "$folder/latchkey"
  export LATCHKEY_CONFIG=latchkey.yaml
  [ -n "${LATCHKEY-}" ] || exec node "$here/../../bin/latchkey.js" "$@"
  exec $LATCHKEY "$@"
}

# The clients, each with the files that its other side is configured with.
register() {
  latchkey org add 'Acme' --mfa required --domain "${WEBMAIL_DOMAIN:-example.test}"
  latchkey client add --template roundcube-1.6 --id roundcube --url "http://localhost:$WEBMAIL" \
    --org acme --folder "$folder/roundcube"
  latchkey client add --template dovecot --id dovecot --org acme --folder "$folder/dovecot"
  latchkey mail config postfix --folder "$folder/latchkey-postfix"
  mv "$folder/latchkey-postfix/latchkey-senders.regexp" "$folder/postfix/senders.regexp"
  sed "s|^smtpd_sender_login_maps.*|smtpd_sender_login_maps = regexp:$folder/postfix/senders.regexp|" \
    "$folder/latchkey-postfix/latchkey-main.cf" >>"$folder/postfix/main.cf"
  # Its port is one of ours, and it is not confined to its queue.
  sed "s|^submission inet n - y|127.0.0.1:$POSTFIX inet n - n|" \
    "$folder/latchkey-postfix/latchkey-master.cf" >>"$folder/postfix/master.cf"
  rm -r "$folder/latchkey-postfix"
}

# Who may read and write what.
own() {
  chown nobody:nogroup "$folder/mail"
  chown postfix "$folder/postfix/data" "$folder/postfix/spool/private"
  chmod 700 "$folder/postfix/spool/private"
  chmod 755 "$folder/postfix" "$folder/dovecot" "$folder/roundcube"
  chmod 644 "$folder"/postfix/*.cf "$folder/postfix/senders.regexp"
  cp /etc/roundcube/defaults.inc.php /etc/roundcube/mimetypes.php "$folder/roundcube/"
  php -r '$db = new PDO("sqlite:$argv[1]"); $db->exec(file_get_contents($argv[2]));' \
    "$folder/roundcube/data/roundcube.sqlite" /usr/share/roundcube/SQL/sqlite.initial.sql
  chown -R www-data:www-data "$folder/roundcube"
}

start() {
  . "$folder/ports"
  ! runs php || fail "It runs already: sh debian.sh stop $folder"
  if [ "${1-}" != mail ]; then
    (become_latchkey serve) >>"$folder/run/latchkey.log" 2>&1 &
    echo $! >"$folder/run/latchkey.pid"
  fi
  dovecot -c "$folder/dovecot/dovecot.conf" >>"$folder/run/dovecot.out" 2>&1 || failed dovecot
  postfix -c "$folder/postfix" start >>"$folder/run/postfix.out" 2>&1 || failed postfix
  ROUNDCUBE_CONFIG_DIR="$folder/roundcube" PHP_CLI_SERVER_WORKERS=6 setpriv --reuid=www-data --regid=www-data \
    --clear-groups php -S "localhost:$WEBMAIL" -t /var/lib/roundcube/public_html \
    >>"$folder/run/php.log" 2>&1 &
  echo $! >"$folder/run/php.pid"
  [ "${1-}" = mail ] || answers latchkey "http://localhost:$ISSUER/healthz"
  answers php "http://localhost:$WEBMAIL/robots.txt"
  echo "Webmail:  http://localhost:$WEBMAIL"
  echo "Latchkey: http://localhost:$ISSUER"
  echo "IMAP $IMAP, POP3 $POP3, ManageSieve $SIEVE, submission $SUBMISSION, SMTP $SMTP, all at 127.0.0.1 without TLS"
}

# Waits for as long as it runs: the first start takes a while on a slow machine.
answers() {
  until curl -s -o "$folder/run/answer" "$2"; do
    runs "$1" || failed "$1"
    sleep 0.2
  done
}

# A process that has ended and that nobody has fetched has no program any more.
runs() {
  [ -e "$folder/run/$1.pid" ] && [ -e "/proc/$(cat "$folder/run/$1.pid")/exe" ]
}

failed() {
  tail -n 5 "$folder/run/$1.out" "$folder/run/$1.log" >&2 2>/dev/null || true
  stop
  fail "$1 has not started: $folder/run tells why."
}

# It has ended when this returns, so that the folder can be removed.
stop() {
  for name in php latchkey; do
    ! runs "$name" || children "$(cat "$folder/run/$name.pid")" | xargs -r kill || true
    while runs "$name"; do sleep 0.1; done
    rm -f "$folder/run/$name.pid"
  done
  postfix -c "$folder/postfix" stop >>"$folder/run/postfix.out" 2>&1 || true
  doveadm -c "$folder/dovecot/dovecot.conf" stop 2>>"$folder/run/dovecot.out" || true
}

# A process and those that it has started.
children() {
  echo "$1"
  pgrep -P "$1" || true
}

main "$@"

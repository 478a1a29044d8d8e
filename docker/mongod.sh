#!/bin/sh
# Starts mongod with the key file by which the members of the replica set know one another. mongod
# insists that the file is its own and closed to everybody else; a secret comes with the owner and
# mode of the machine that it is kept on, so mongod gets a copy, in memory.
set -eu

secret=/run/secrets/mongo_keyfile
copy=/tmp/mongo.keyfile

if [ ! -r "$secret" ]; then
  echo "The key file $secret cannot be read: see the head of docker-compose.yml for how it is made." >&2
  exit 1
fi

rm -f "$copy"
(umask 377 && cat "$secret" > "$copy")
exec docker-entrypoint.sh "$@" --keyFile "$copy"

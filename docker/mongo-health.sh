#!/bin/sh
# Healthy is a member that waits to be taken into a replica set, and a primary or secondary of one.
# By the container's name, as on 127.0.0.1 the image's temporary server of the first start answers too.
set -eu

# The shell keeps a log of every run.
HOME=$(mktemp -d)
export HOME
trap 'rm -rf "$HOME"' EXIT

mongosh --quiet --norc "mongodb://$(hostname):27017/admin?directConnection=true&serverSelectionTimeoutMS=3000" --eval '
  const member = db.hello();
  const serves = member.setName !== undefined && (member.isWritablePrimary || member.secondary);
  quit(serves || member.isreplicaset ? 0 : 1);
'

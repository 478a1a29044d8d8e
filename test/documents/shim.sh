#!/usr/bin/env bash
# Stands on the PATH for npm, node and latchkey: hands what was typed to the test (shell.ts), and answers
# with what that says. Bash has read the line by then: quotes, variables, pipes, redirections.
exec 3<>"/dev/tcp/127.0.0.1/$DOCUMENTS_PORT"
if [ -p /dev/stdin ] || [ -f /dev/stdin ]; then input=$(base64 | tr -d '\n'); fi
{
  printf '%s\0' "$(basename "$0")" "$PWD" "$@" | base64 | tr -d '\n'
  printf ' '
  env -0 | base64 | tr -d '\n'
  printf ' %s\n' "$input"
} >&3
read -r code out err <&3
base64 -d <<<"${out#.}"
base64 -d <<<"${err#.}" >&2
exit "$code"

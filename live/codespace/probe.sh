#!/bin/sh
# Records what a codespace, or its recovery container, is really like. It needs sh, curl and jq, and changes nothing.
#
# Usage: sh probe.sh [FILE]     writes FILE, or crreg-live-probe.json; then: crreg live read FILE
#
# docs/live.md of crreg says which secrets to store first. The file has names of variables and files, hosts, statuses,
# and numbers. It has no value: a planted secret is compared with the few texts that were planted, and only its level is
# written.

set -u
set -f
set +x # a trace would print secrets

shared=/workspaces/.codespaces/shared
persisted=/workspaces/.codespaces/.persistedshare
api=https://api.github.com
largest=1048576 # bytes that are read of a file

main() {
    for program in curl jq; do
        command -v "$program" >/dev/null 2>&1 || {
            echo "This script needs $program. In the recovery container, run: sudo apk add --no-cache curl jq" >&2
            exit 2
        }
    done
    file=${1:-crreg-live-probe.json}
    kept=$(kept)
    [ -n "$kept" ] || kept='{}'
    token=${GITHUB_TOKEN:-$(printf '%s' "$kept" | jq -r '.GITHUB_TOKEN // ""')}
    case $token in *[!A-Za-z0-9_.-]*) token= ;; esac
    repository=${GITHUB_REPOSITORY:-$(printf '%s' "$kept" | jq -r '.GITHUB_REPOSITORY // ""')}
    repository=$(printf '%s' "$repository" | jq -Rr 'select(test("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$"))' | head -n 1)
    {
        variables
        files
        formats
        levels
        logins
        creation
        programs
        own_token
        public_image
        hub
    } | jq -s --arg date "$(date -u +%Y-%m-%d)" '{schema_version: 1, date: $date} + add' >"$file"
    echo "Wrote $file. Next: crreg live read $file"
}

content() { # content FILE: the beginning of a regular file
    [ -f "$1" ] && [ ! -h "$1" ] && [ -r "$1" ] && head -c "$largest" "$1" 2>/dev/null
}

kept() { # every variable and secret in Codespaces' files, as one object
    {
        content "$shared/user-secrets-envs.json" | jq -Rs '(fromjson? // {}) | objects'
        content "$shared/.user-secrets.json" | jq -Rs '[(fromjson? // []) | arrays | .[] | objects
            | select(.name | type == "string") | {(.name): .value}] | add // {}'
        content "$shared/.env-secrets" | jq -Rs '[splits("\r?\n") | capture("^(?<key>[A-Za-z_][A-Za-z0-9_]*)=(?<value>.*)$")
            | .value |= (try @base64d catch null)] | from_entries'
        content "$shared/environment-variables.json" | jq -Rs '(fromjson? // {}) | objects'
    } 2>/dev/null | jq -cs 'reduce .[] as $each ({}; ($each | with_entries(select(.value | type == "string"))) + .)'
}

variables() { # names, and of other people's variables not even those
    jq -n '{
        variables: [env | keys[] | select(test("^(CRREG_LIVE_|CODESPACE|GITHUB_)[A-Z0-9_]*$"))] | .[0:200],
        recovery: (env.CODESPACES_RECOVERY_CONTAINER == "true"),
        codespace: (env.CODESPACES == "true")}'
}

names() { # names FOLDER: of the known files there, and how many others there are
    # shellcheck disable=SC2012 # other names are only counted
    ls -A "$1" 2>/dev/null | jq -Rn '["user-secrets-envs.json", ".user-secrets.json", ".env-secrets", ".env",
            "environment-variables.json", "merged_devcontainer.json", "creation.log", "RECOVERY-REASON-FILE"] as $known
        | [inputs] | {known: (. - (. - $known)), others: ([(. - $known | length), 1000] | min)}'
}

files() {
    {
        names "$shared"
        names "$persisted"
    } | jq -s '{files: {shared: .[0], persisted: .[1]}}'
    content "$persisted/RECOVERY-REASON-FILE" | jq -Rs '{reason: ((capture("Error code: (?<code>[0-9]{1,6})").code | tonumber) // null)}' |
        jq -s 'add // {reason: null}'
}

form() { # form FILE CONDITION: whether a file, if there is one, has the form that is known from users
    [ -f "$shared/$1" ] || return 0
    content "$shared/$1" | jq -Rs --arg name "$1" "{(\$name): ($2)}"
}

formats() {
    {
        form user-secrets-envs.json '(fromjson? // null) | type == "object" and all(.[]; type == "string")'
        form environment-variables.json '(fromjson? // null) | type == "object" and all(.[]; type == "string")'
        form .user-secrets.json '(fromjson? // null)
            | type == "array" and all(.[]; type == "object" and (keys - ["type", "name", "value"] == []))'
        form .env-secrets '[splits("\r?\n") | select(. != "")] | all(.[]; test("^[A-Za-z_][A-Za-z0-9_]*=[A-Za-z0-9+/]*=*$"))'
        form .env '[splits("\r?\n") | select(. != "")] | all(.[]; test("^(export )?[A-Za-z_][A-Za-z0-9_]*="))'
    } | jq -s '{formats: (add // {})}'
}

levels() { # the level that each planted secret came from
    printf '%s' "$kept" | jq 'def level: if . == null then "absent"
            else {"crreg-live-level-user": "user", "crreg-live-level-repository": "repository",
                "crreg-live-level-organization": "organization"}[.] // "other" end;
        {levels: {environment: {level: (env.CRREG_LIVE_LEVEL | level), below: (env.CRREG_LIVE_BELOW | level)},
            files: {level: (.CRREG_LIVE_LEVEL | level), below: (.CRREG_LIVE_BELOW | level)}}}'
}

logins() { # the hosts that docker has a login for, and which of the planted triples each is of
    content "${DOCKER_CONFIG:-$HOME/.docker}/config.json" | jq -Rs '(fromjson? // null)
        | {config: (type == "object"), helper: (objects | has("credsStore") or has("credHelpers")),
            logins: [objects | .auths | objects | to_entries[] | select(.value | type == "object")
                | (.key | capture("^(?<scheme>https?://)?(?<host>[A-Za-z0-9.:-]{1,100})(?<path>/.*)?$")) as $key
                | (.value.auth // "" | try (@base64d | split(":")[0]) catch "" ) as $user
                | {host: $key.host, scheme: ($key.scheme != null), path: (($key.path // "/") != "/"),
                    user: (if $user | test("^crreg-live-(s[1-6]|bad)$") then $user[11:] else "other" end)}] | .[0:50]}' |
        jq -s 'add // {config: false, helper: false, logins: []}'
}

creation() { # how often the log has each known text
    content "$persisted/creation.log" | jq -Rs '
        ["unauthorized", "denied: denied", "permission_denied", "manifest unknown", "toomanyrequests",
            "no basic auth credentials", "failed to authorize", "Login Succeeded", "docker login", "docker pull",
            "Failed to create container.", "Container creation failed.", "Creating recovery container.",
            "--secrets-file"] as $known
        | . as $log | {log: [$known[] | . as $text | {key: $text, value: ([$log | indices($text)[]] | length)}] | from_entries}' |
        jq -s 'add // {log: {}}'
}

programs() {
    for program in python3 docker gh; do
        command -v "$program" >/dev/null 2>&1 && echo "$program"
    done | jq -Rn '{programs: [inputs]}'
}

ask() { # ask METHOD ADDRESS [HEADER...]: sets status and headers; what is sent goes to curl on its standard input
    method=$1
    address=$2
    shift 2
    headers=$(
        {
            printf 'url = "%s"\n' "$address"
            [ "$method" != HEAD ] || echo head
            [ $# = 0 ] || printf 'header = "%s"\n' "$@"
        } | curl --disable --silent --suppress-connect-headers --output /dev/null --dump-header - --proto =https \
            --connect-timeout 10 --max-time 30 --user-agent crreg-live --config - 2>/dev/null | tr -d '\000\r'
    )
    status=${headers#* }
    status=${status%%[!0-9]*}
    [ -n "$status" ] || status=0
}

own_token() { # what the codespace's own token is answered
    lists='{}'
    if [ -n "$token" ] && [ -n "$repository" ]; then
        for level in "repository repos/$repository" "organization orgs/${repository%%/*}" "user user"; do
            ask GET "$api/${level#* }/codespaces/secrets" "Authorization: Bearer $token" \
                'Accept: application/vnd.github+json' 'X-GitHub-Api-Version: 2022-11-28'
            lists=$(printf '%s' "$lists" | jq -c --arg level "${level%% *}" --argjson status "$status" '. + {($level): $status}')
        done
    fi
    printf '%s %s' "$lists" "$kept" | jq -s '{own_token: {environment: ((env.GITHUB_TOKEN // "") != ""),
        files: ((.[1].GITHUB_TOKEN // "") != ""), lists: .[0]}}'
}

public_image() { # whether a wrong login breaks a public image at ghcr.io
    public='https://ghcr.io/token?service=ghcr.io&scope=repository:devcontainers/features/git:pull'
    ask GET "$public"
    without=$status
    ask GET "$public" "Authorization: Basic $(printf 'crreg-live:wrong' | jq -Rr @base64)"
    jq -n --argjson without "$without" --argjson wrong "$status" '{public_image: {without: $without, wrong: $wrong}}'
}

hub() { # how much is left of Docker Hub's limit for this address; a HEAD request does not count
    # Source: https://docs.docker.com/docker-hub/usage/pulls/#view-hourly-pull-rate-and-limit
    name=ratelimitpreview/test
    pass=$(curl --disable --silent --proto =https --max-time 30 --max-filesize "$largest" \
        "https://auth.docker.io/token?service=registry.docker.io&scope=repository:$name:pull" 2>/dev/null |
        jq -r '.token | strings | select(test("^[A-Za-z0-9._~+/=-]+$"))' 2>/dev/null)
    [ -z "$pass" ] || ask HEAD "https://registry-1.docker.io/v2/$name/manifests/latest" "Authorization: Bearer $pass"
    [ -n "$pass" ] || headers=
    printf '%s\n' "$headers" | jq -Rn '[inputs | capture("^ratelimit-(?<key>limit|remaining): *(?<value>[0-9]{1,9})"; "i")
        | {(.key | ascii_downcase): (.value | tonumber)}] | {hub: (add // {})}'
}

main "$@"

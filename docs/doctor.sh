#!/bin/sh
# Says why a codespace can't pull its image, without Python: it needs only sh, curl and jq, which the recovery
# container of GitHub Codespaces has. It changes nothing, writes no file, and prints no value of a secret.
#
# Usage: sh doctor.sh [IMAGE...]
#
# It looks for five causes:
#   1. You can't write to the repository, so GitHub gives the codespace no secrets.
#   2. A part of a triple (ID_CONTAINER_REGISTRY_SERVER, _USER, _PASSWORD) is missing, empty or has another name, or
#      SERVER is a name of Docker Hub that docker does not look up.
#   3. A registry does not accept the user and password.
#   4. An image does not exist, or the user may not pull it.
#   5. A secret was stored after the codespace started.
# `crreg doctor` looks for more. Exit codes: 0 nothing is wrong, 1 a cause was found, 2 curl or jq is missing,
# 3 something could not be checked.
#
# Secrets come from the environment, or else from files that Codespaces keeps in /workspaces/.codespaces. GitHub does not
# document these files; see https://github.com/microsoft/vscode-dev-containers/pull/1261 for .env-secrets.

set -u
set -f # text from a stranger's file must not be expanded as a pattern
set +x # a trace would print secrets

shared=/workspaces/.codespaces/shared
persisted=/workspaces/.codespaces/.persistedshare
line_end='
'
causes=0
unknown=0
most_images=10
seconds=120 # for all requests
accepted='application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json'

main() {
    need curl
    need jq
    begun=$(date +%s)
    collect
    server=$(variable GITHUB_SERVER_URL)
    case $server in https://*[!A-Za-z0-9.:/-]* | https:// | '') server=https://github.com ;; https://*) ;; *) server=https://github.com ;; esac
    repository=$(variable GITHUB_REPOSITORY | jq -Rr 'select(test("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$"))')
    owner=${repository%%/*}
    token=$(variable GITHUB_TOKEN)
    case $token in *[!A-Za-z0-9_.-]*) token= ;; esac
    codespace
    write_access
    triples
    images "$@"
    newer
    verdict
}

need() { # need PROGRAM
    command -v "$1" >/dev/null 2>&1 && return
    printf '%s\n' "This script needs $1. In the recovery container, run:" "    sudo apk add --no-cache curl jq" >&2
    exit 2
}

# --- Secrets: every value stays in variables of this shell, and goes to programs on their standard input ---

content() { # content FILE [BYTES]: the beginning of a regular file
    [ -f "$1" ] && [ ! -h "$1" ] && [ -r "$1" ] && head -c "${2:-1048576}" "$1" 2>/dev/null
}

collect() {
    kept=$(
        {
            content "$shared/user-secrets-envs.json" | jq -Rs '(fromjson? // {}) | objects'
            content "$shared/.user-secrets.json" | jq -Rs '[(fromjson? // []) | arrays | .[] | objects
                | select(.name | type == "string") | {(.name): .value}] | add // {}'
            content "$shared/.env-secrets" | jq -Rs '[splits("\r?\n") | capture("^(?<key>[A-Za-z_][A-Za-z0-9_]*)=(?<value>.*)$")
                | select(.value | test("^[A-Za-z0-9+/]+=*$")) | .value |= (try @base64d catch null)] | from_entries'
            content "$shared/environment-variables.json" | jq -Rs '(fromjson? // {}) | objects'
            content "$shared/.env" | jq -Rs '[splits("\r?\n")
                | capture("^(export )?(?<key>[A-Za-z_][A-Za-z0-9_]*)=(?<value>.*)$")] | from_entries'
        } 2>/dev/null | jq -cs 'reduce .[] as $each ({}; ($each | with_entries(select(.value | type == "string"))) + .)'
    )
    [ -n "$kept" ] || kept='{}'
    # The environment wins over the files.
    known=$(printf '%s' "$kept" | jq -c '. + (env | with_entries(select(.value != "")))')
    given=$(printf '%s' "$kept" | jq -r '[keys[] | select(test("_CONTAINER_REGISTRY_")) | select((env[.] // "") == "")] | length')
    hidden=$(printf '%s\n%s\n' "$kept" "$known" | jq -cn 'input as $kept | input
        | [to_entries[]
            | select((.key | test("^(GITHUB_|CODESPACE)"; "i") | not) or (.key | test("TOKEN"; "i")))
            | select(.key | test("_CONTAINER_REGISTRY_(SERVER|USER)$"; "i") | not)
            | select($kept[.key] != null or (.key | test("TOKEN|SECRET|PASS|KEY|CREDENTIAL"; "i")))
            | .value | (., splits("\r?\n")) | gsub("^\\s+|\\s+$"; "")
            | (., @uri, @base64, (tojson | .[1:-1])) | select(length >= 6)]
        | unique | sort_by(-length)')
}

variable() { # variable NAME: its value
    printf '%s' "$known" | jq -r --arg name "$1" '.[$name] // ""'
}

clean() { # clean TEXT: one printable line of at most 300 characters, without secrets
    text=$(printf '%s' "$1" | jq -Rs .)
    printf '%s\n%s\n' "$hidden" "$text" | jq -rn 'input as $hidden | input
        | reduce $hidden[] as $secret (.; split($secret) | join("***"))
        | gsub("://[^/@\\s]*@"; "://***@") | gsub("[\\p{C}\\p{Zl}\\p{Zp}]+"; " ") | gsub("##\\["; "## [") | .[0:300]'
}

# --- Output ---

good() { printf 'ok     %s\n' "$1"; }

bad() { # bad TEXT: a cause
    causes=$((causes + 1))
    printf 'WRONG  %s\n' "$1"
}

unsure() { # unsure TEXT: something that could not be checked
    unknown=$((unknown + 1))
    printf '?      %s\n' "$1"
}

advise() { printf '       %s\n' "$@"; }

restart() {
    advise 'Then stop this codespace and start it again:' "    $server/codespaces" \
        'Then press F1 in the editor and run "Codespaces: Rebuild Container".'
}

where() { # where: the three places that a secret may be stored in
    advise "    $server/settings/codespaces  (your own)"
    [ -n "$repository" ] || return
    advise "    $server/$repository/settings/secrets/codespaces  (the repository's, for its administrators)" \
        "    $server/organizations/$owner/settings/secrets/codespaces  (the organization's, for its owners)"
}

verdict() {
    echo
    if [ "$causes" -eq 1 ]; then
        echo 'Result: one cause was found; see WRONG above.'
    elif [ "$causes" -gt 1 ]; then
        echo "Result: $causes causes were found; see WRONG above."
    elif [ "$unknown" -gt 0 ]; then
        echo 'Result: nothing wrong was found, but not everything could be checked; see ? above.'
    else
        echo 'Result: nothing is wrong with the secrets and the images that this script looks at.'
    fi
    [ "$causes" -eq 0 ] || exit 1
    [ "$unknown" -eq 0 ] || exit 3
    exit 0
}

# --- The codespace itself ---

start_log() { # the lines of the creation log about the start that failed, without their times
    content "$persisted/creation.log" 16777216 | tr -d '\000-\010\013-\037' | LC_ALL=C sed \
        -e '/Creating recovery container\./q' -e 's/^\([0-9][0-9-]*[T ][0-9:.]*Z: \{0,1\}\)*//' | cut -c 1-4000
}

failure() { # lines of start_log that may be an error; the dev container CLI goes on after "Error fetching image details"
    start_log | LC_ALL=C sed -e 's/^#[0-9]* \([0-9]*\.[0-9]* \)\{0,1\}//' |
        LC_ALL=C grep -v -e '^[$]' -e '^ *at ' -e '^ *{' -e '^Error fetching image details'
}

codespace() {
    reason=$(content "$persisted/RECOVERY-REASON-FILE" 4096 | tr -d '\000')
    if [ "$(variable CODESPACES_RECOVERY_CONTAINER)" = true ] || [ -n "$reason" ]; then
        echo 'This is the recovery container: Codespaces could not create the dev container.'
        [ -z "$reason" ] || echo "Codespaces gives this reason: $(clean "$reason")"
        error=$(failure |
            LC_ALL=C grep -iE -m 1 'error response from daemon|unauthorized|(^|[^n] |:)denied|no basic auth|manifest unknown|toomanyrequests|failed to authorize|insufficient_scope|x509:|no such host|i/o timeout')
        [ -n "$error" ] || error=$(failure |
            LC_ALL=C grep -iE -m 1 '^error|error: |command failed|failed to |^unable to find user ')
        [ -z "$error" ] || echo "The first error in its creation log: $(clean "$error")"
    elif [ "$(variable CODESPACES)" = true ]; then
        echo 'This is a codespace.'
    else
        echo 'This is not a codespace, so a codespace may have other secrets and images.'
    fi
    [ "$given" -eq 0 ] || echo "This terminal lacks $given values of triples. They were read from $shared."
    echo
}

write_access() {
    writable=
    if [ -z "$repository" ] || [ -z "$token" ]; then
        unsure "Write access was not checked: GITHUB_REPOSITORY or GITHUB_TOKEN is not set."
        return
    fi
    ask_github "/repos/$repository"
    if [ "$status" = 200 ]; then
        writable=$(printf '%s' "$body" | jq -r '.permissions.push | booleans' 2>/dev/null)
    fi
    case $writable in
    true) good "GitHub: you can write to $repository, which you need so that GitHub gives a codespace its secrets" ;;
    false)
        bad "GitHub: you can't write to $repository. GitHub copies no secrets into a codespace whose user can't."
        advise "Ask an administrator of $repository for write access, or create the codespace from a fork of your own" \
            "and store the secrets for that fork:" "    $server/settings/codespaces"
        ;;
    *) unsure "GitHub does not say whether you can write to $repository ($(outcome))" ;;
    esac
}

# --- The triples ---

triples() {
    # Each line: identifier, what is wrong with it (a list of names, or none), names of its parts with white space.
    listed=$(printf '%s' "$known" | jq -r '. as $known
        | [keys[] | capture("^(?<id>[A-Z_][A-Z0-9_]*)_CONTAINER_REGISTRY_(SERVER|USER|PASSWORD)$").id] | unique[]
        | . as $id | ["SERVER", "USER", "PASSWORD"] | map($id + "_CONTAINER_REGISTRY_" + .)
        | [$id, (map(select(($known[.] // "") == "")) | join(", ")),
            (map(select(($known[.] // "") | test("^\\s|\\s$"))) | join(", "))] | join("|")')
    misnamed=$(printf '%s' "$known" | jq -r '. as $known | keys[] | select(test("^[A-Za-z0-9_]{1,100}$")) | ascii_upcase as $name
        | select($name | test("CONTAINER_?REGISTRY") and (test("_CONTAINER_REGISTRY_(SERVER|USER|PASSWORD)$") | not))
        | ($name | capture("^(?<id>.*?)_?CONTAINER_?REGISTRY_?(?<part>.*)$")) as $parts
        | ($parts.part | if test("SERVER|HOST|URL|ENDPOINT|ADDRESS") then "SERVER" elif test("USER|LOGIN") then "USER"
            elif test("PASS|PWD|TOKEN") then "PASSWORD" else empty end) as $part
        | ((if $parts.id == "" then "REGISTRY" else $parts.id end) + "_CONTAINER_REGISTRY_" + $part) as $meant
        | select(($known[$meant] // "") == "") | . + "|" + $meant')
    whole=
    [ -n "$listed$misnamed" ] || echo '       There is no ID_CONTAINER_REGISTRY_SERVER, _USER or _PASSWORD here.'
    for pair in $misnamed; do
        bad "${pair%%|*} has a wrong name: a codespace looks for ${pair#*|}"
        advise "GitHub can't rename a secret. Add ${pair#*|} with the same value, and delete ${pair%%|*}:"
        where
        restart
    done
    while IFS='|' read -r identifier absent spaced; do
        [ -n "$identifier" ] || continue
        if [ -n "$absent" ]; then
            incomplete "$identifier" "$absent"
            continue
        fi
        if [ -n "$spaced" ]; then
            bad "$identifier: the value of $spaced begins or ends with white space"
            advise "Store it again, without white space, in one of:"
            where
            restart
        fi
        undocumented "$identifier"
        whole="$whole $identifier"
    done <<EOF
$listed
EOF
}

undocumented() { # undocumented ID: report a SERVER that docker understands and GitHub does not document
    host=$(registry_of "$1")
    if [ -z "$host" ] || is_other_hub "$host"; then return; fi # these are reported later
    form=$(variable "$1_CONTAINER_REGISTRY_SERVER" | jq -Rrs 'gsub("^\\s+|\\s+$"; "")
        | select(. != "https://index.docker.io/v1/" and contains("/")) | "other"')
    [ -n "$form" ] || return
    unsure "$1: $1_CONTAINER_REGISTRY_SERVER has a scheme or a path. GitHub documents only the host, so it is not known what a codespace does with this value"
    advise "Set $1_CONTAINER_REGISTRY_SERVER to $(server_of "$host") in one of:"
    where
    restart
}

incomplete() { # incomplete ID NAMES
    left=
    for name in $2; do
        case "$misnamed$line_end" in *"|${name%,}$line_end"*) ;; *) left="$left${left:+ }$name" ;; esac
    done
    [ -n "$left" ] || return # reported already: it has another name here
    set -- "$1" "${left%,}"
    if [ "$writable" = false ]; then
        echo "       $1 has no $2, because you can't write to the repository."
        return
    fi
    bad "$1: $2 is missing or empty here; without all three a codespace does not log in"
    advise "It is not stored, or not for this repository, or this codespace is for a pull request from a fork," \
        "to which GitHub gives no secrets. Add it, with access for ${repository:-the repository}:"
    where
    restart
}

registry_of() { # registry_of ID: the registry that its SERVER names, as images name it; empty if that is no host
    variable "$1_CONTAINER_REGISTRY_SERVER" | jq -Rrs 'gsub("^\\s+|\\s+$"; "") | ascii_downcase
        | sub("^[a-z][a-z0-9+.-]*://"; "") | split("/")[0] // "" | if . == "index.docker.io" then "docker.io" else . end
        | select(test("^([a-z0-9-]+\\.)+[a-z0-9-]+(:[0-9]{1,5})?$|^localhost(:[0-9]{1,5})?$"))'
}

server_of() { # server_of HOST: what SERVER must be for that registry
    case $1 in docker.io) echo https://index.docker.io/v1/ ;; *) echo "$1" ;; esac
}

is_other_hub() { # is_other_hub HOST: whether it is a name of Docker Hub under which docker looks up no login
    case $1 in registry-1.docker.io | registry.hub.docker.com | hub.docker.com | docker.com | www.docker.com) ;; *) return 1 ;; esac
}

other_hub() { # other_hub ID [IMAGE]: report a name of Docker Hub that keeps the triple from being used
    tried="$tried $1"
    bad "${2:-$1}: $1_CONTAINER_REGISTRY_SERVER is $(registry_of "$1"), but docker looks up the login for images of Docker Hub under $(server_of docker.io) only"
    advise "Set $1_CONTAINER_REGISTRY_SERVER to $(server_of docker.io) in one of:"
    where
    restart
}

basic_of() { # basic_of ID: what HTTP's Basic authentication sends
    printf '%s' "$known" | jq -r --arg id "$1" \
        '(.[$id + "_CONTAINER_REGISTRY_USER"] + ":" + .[$id + "_CONTAINER_REGISTRY_PASSWORD"]) | @base64'
}

# --- The images ---

images() { # images [IMAGE...]
    wanted=$(
        if [ $# -gt 0 ]; then
            printf '%s\n' "$@"
        else
            in_files
            start_log | LC_ALL=C sed -n 's/^[$] docker pull \([^ ]*\)$/\1/p'
        fi | sort -u | head -n $((most_images + 1)) | jq -Rr '
            select(test("^[A-Za-z0-9._:/@-]+$")) | . as $text
            | (if test("^[^/]*[.:][^/]*/|^localhost/") then capture("^(?<host>[^/]+)/(?<rest>.+)$")
                else {host: "docker.io", rest: .} end)
            | (.host | if . == "index.docker.io" then "docker.io" else . end) as $host
            | (.rest | if contains("@") then capture("^(?<name>[^@:]+)(:[^@]*)?@(?<version>.+)$")
                else capture("^(?<name>[^:]+)(:(?<version>.+))?$") end)
            | select(.name | test("^[a-z0-9]+([._/-]+[a-z0-9]+)*$"))
            | [$text, ($host | ascii_downcase),
                (if $host == "docker.io" and (.name | contains("/") | not) then "library/" else "" end) + .name,
                .version // "latest"] | join(" ")'
    )
    tried=
    count=0
    while read -r image host name version; do
        [ -n "$image" ] || continue
        count=$((count + 1))
        if [ "$count" -gt "$most_images" ]; then
            unsure "There are more than $most_images images; the others were not checked."
            break
        fi
        image "$image" "$host" "$name" "$version"
    done <<EOF
$wanted
EOF
    [ "$count" -gt 0 ] || unsure 'No image was found in devcontainer.json or its Dockerfile. Pass its name: sh doctor.sh IMAGE'
    for identifier in $whole; do
        case " $tried " in *" $identifier "*) ;; *) alone "$identifier" ;; esac
    done
}

in_files() { # the images that devcontainer.json and its Dockerfile name
    for folder in . "/workspaces/${repository#*/}"; do
        [ -e "$folder/.devcontainer" ] || [ -e "$folder/.devcontainer.json" ] || continue
        set +f
        set -- "$folder/.devcontainer/devcontainer.json" "$folder/.devcontainer.json" "$folder"/.devcontainer/*/devcontainer.json
        set -f
        for file in "$@"; do
            json=$(content "$file" 65536 | without_comments)
            [ -n "$json" ] || continue
            printf '%s' "$json" | jq -r 'objects | .image | strings' 2>/dev/null
            recipe=$(printf '%s' "$json" | jq -r 'objects | (.build.dockerfile? // .dockerFile) | strings' 2>/dev/null)
            [ -z "$recipe" ] || content "${file%/*}/$recipe" 262144 | tr -d '\000\r' | bases
        done
        return
    done
}

without_comments() { # turn JSON with comments and trailing commas into plain JSON
    LC_ALL=C awk '
        function put(piece) {
            if (held != "" && piece !~ /^[]}]/) out = out held
            held = ""
            out = out piece
        }
        { text = text $0 "\n" }
        END {
            size = length(text)
            for (i = 1; i <= size; i++) {
                c = substr(text, i, 1)
                two = substr(text, i, 2)
                if (c == "\"") {
                    for (j = i + 1; j <= size && substr(text, j, 1) != "\""; j++) if (substr(text, j, 1) == "\\") j++
                    put(substr(text, i, j - i + 1))
                    i = j
                } else if (two == "//") {
                    while (i < size && substr(text, i + 1, 1) != "\n") i++
                } else if (two == "/*") {
                    for (i += 2; i <= size && substr(text, i, 2) != "*/"; i++);
                    i++
                } else if (c == ",") {
                    held = held c
                } else if (c ~ /[ \t\n\r]/) {
                    if (held != "") held = held c; else out = out c
                } else put(c)
            }
            print out
        }'
}

bases() { # the images that a Dockerfile builds on
    LC_ALL=C awk 'toupper($1) == "FROM" {
        at = 2
        while ($at ~ /^--/) at++
        if (!($at in stages) && $at != "scratch") print $at
        if (toupper($(at + 1)) == "AS") stages[$(at + 2)] = 1
    }'
}

image() { # image TEXT HOST NAME VERSION
    basic=
    who='without a login'
    user=
    for identifier in $whole; do
        if [ "$(registry_of "$identifier")" = "$2" ]; then
            user=$identifier
            tried="$tried $identifier"
            break
        fi
    done
    if [ -n "$user" ] && is_aws "$user" "$2"; then return; fi
    if [ -n "$user" ]; then
        basic=$(basic_of "$user")
        who="with the login $user"
    elif [ "$2" = "$(own_registry)" ] && [ -n "$token" ]; then
        basic=$(printf '%s' "$known" | jq -r '((.GITHUB_USER // "x-access-token") + ":" + .GITHUB_TOKEN) | @base64')
        who="with the codespace's own GITHUB_TOKEN"
    fi
    if ! authorize "$2" "repository:$3:pull" "$basic"; then
        refused "$1" "$2" "$user"
        return
    fi
    address="https://$(endpoint "$2")/v2/$3/manifests/$4"
    request HEAD "$address" "$authorization" "$accepted"
    [ "$status" = 200 ] || request GET "$address" "$authorization" "$accepted"
    case $status in
    200)
        [ "$stage" != open ] || who='by anyone'
        good "$1: can be pulled $who"
        ;;
    404)
        bad "$1: $2 does not have this image ($(outcome))"
        advise 'Correct the name or the tag in devcontainer.json, or push the image.'
        ;;
    401 | 403) refused "$1" "$2" "$user" ;;
    *) unsure "$1: the request to $2 failed ($(outcome))" ;;
    esac
}

refused() { # refused TEXT HOST ID: report an image that may not be pulled
    case $status in
    400 | 401 | 403) ;;
    *)
        unsure "$1: the request to $2 failed ($(outcome))"
        return
        ;;
    esac
    if [ -n "$3" ] && [ "$stage" = login ]; then
        wrong_password "$3" "$2"
    elif [ -n "$3" ]; then
        bad "$1: $2 does not let $3 pull it, or it does not exist ($(outcome))"
        advise "Ask an administrator of the registry to let the user of $3 pull it, or correct the image's name."
    elif [ "$2" = "$(own_registry)" ]; then
        bad "$1: $2 refuses this codespace's own token ($(outcome))"
        advise "Check the image's name. If it is right, ask an administrator of the package to add" \
            "${repository:-the repository} under Manage Codespaces access in the package's settings."
    elif [ "$2" = docker.io ] && hub_triple; then
        other_hub "$identifier" "$1"
    elif [ "$writable" = false ]; then
        echo "       $1 is private; its secrets are missing because you can't write to the repository."
    else
        bad "$1: private or missing, and no triple here is for $2"
        advise "Add ID_CONTAINER_REGISTRY_SERVER ($2), ID_CONTAINER_REGISTRY_USER and" \
            "ID_CONTAINER_REGISTRY_PASSWORD, with a name of your own for ID, in one of:"
        where
        restart
        advise "If this codespace is for a pull request from a fork, GitHub gives it no secrets, whatever is stored." \
            "Create one from a branch of ${repository:-the repository} instead."
    fi
}

hub_triple() { # sets identifier to a triple that is meant for Docker Hub and has another SERVER; fails if there is none
    for identifier in $whole; do
        if is_other_hub "$(registry_of "$identifier")"; then return; fi
    done
    return 1
}

alone() { # alone ID: a triple that no image here needs
    host=$(registry_of "$1")
    if is_other_hub "$host"; then
        other_hub "$1"
        return
    fi
    if [ -z "$host" ]; then
        bad "$1: $1_CONTAINER_REGISTRY_SERVER is not a host name"
        advise 'Store the host alone, such as acme.azurecr.io:'
        where
        restart
        return
    fi
    if is_aws "$1" "$host"; then return; fi
    if ! authorize "$host" '' "$(basic_of "$1")"; then
        case $status in 400 | 401 | 403) wrong_password "$1" "$host" ;; *) unsure "$1: the request to $host failed ($(outcome))" ;; esac
        return
    fi
    if [ "$stage" = open ]; then
        unsure "$1: $host does not ask for a password, so this one was not tested"
        return
    fi
    request GET "https://$(endpoint "$host")/v2/" "$authorization"
    case $status in
    200) good "$1: $host accepts its user and password" ;;
    401 | 403) wrong_password "$1" "$host" ;;
    *) unsure "$1: the request to $host failed ($(outcome))" ;;
    esac
}

wrong_password() { # wrong_password ID HOST
    bad "$1: $2 does not accept its user and password ($(outcome))"
    advise "They are wrong or expired. Get new ones from the registry, and update $1_CONTAINER_REGISTRY_USER and"
    if [ "$2" = "$(own_registry)" ]; then
        advise "$1_CONTAINER_REGISTRY_PASSWORD where they are stored," \
            'or delete the triple if the image is public or open to this repository:'
    else
        advise "$1_CONTAINER_REGISTRY_PASSWORD where they are stored:"
    fi
    where
    restart
}

is_aws() { # is_aws ID HOST: whether AWS must first exchange its key, which this script can't
    case $2 in *.dkr.ecr*.amazonaws.com* | *.dkr-ecr*) ;; *) return 1 ;; esac
    [ "$(variable "$1_CONTAINER_REGISTRY_USER")" != AWS ] || return 1
    unsure "$1: AWS must first exchange this access key for a password. crreg doctor does that; this script can't"
}

own_registry() { # GitHub's own registry
    case $server in https://github.com) echo ghcr.io ;; *) echo "containers.${server#https://}" ;; esac
}

endpoint() { # endpoint HOST: where its registry is
    case $1 in docker.io) echo registry-1.docker.io ;; *) echo "$1" ;; esac
}

# --- Secrets that are newer than the codespace ---

newer() {
    started=$(awk '/^btime / { boot = $2 } FILENAME == "/proc/1/stat" { sub(/^.*\) /, ""); ticks = $20 }
        END { if (boot && ticks) print boot + int(ticks / 100) }' /proc/stat /proc/1/stat 2>/dev/null)
    [ -n "$started" ] && [ -n "$repository" ] && [ -n "$token" ] || return
    ask_github "/repos/$repository/codespaces/secrets?per_page=100"
    since=$(jq -rn --argjson at "$started" '$at | strftime("%Y-%m-%d %H:%M UTC")')
    if [ "$status" = 200 ]; then
        names=$(printf '%s' "$body" | jq -r --argjson at "$started" '[.secrets[]?
            | select(.name | strings | test("^[A-Z0-9_]+_CONTAINER_REGISTRY_(SERVER|USER|PASSWORD)$"))
            | select((.updated_at | strings | fromdateiso8601) > $at) | .name] | join(", ")' 2>/dev/null)
        if [ -n "$names" ]; then
            bad "$names: stored after this codespace started ($since), so it has the old value or none"
            restart
        fi
    elif [ "$causes" -gt 0 ]; then
        advise "If you corrected a secret after $since, this codespace may not have it yet. Then stop it and start it" \
            "again: $server/codespaces"
    fi
}

# --- Requests: addresses and credentials go to curl on its standard input, never as arguments ---

ask_github() { # ask_github PATH
    api=${GITHUB_API_URL:-https://api.github.com}
    case $api in https://*) ;; *) api=https://api.github.com ;; esac
    request GET "$api$1" "Bearer $token" application/vnd.github+json 'X-GitHub-Api-Version: 2022-11-28'
}

request() { # request METHOD ADDRESS [AUTHORIZATION [ACCEPT [HEADER]]]: sets status, headers, body and fault
    status=000
    headers=
    body=
    fault=
    case "$2${3-}" in *[!-A-Za-z0-9._~:/?@!\$\&\(\)*+,\;=%\ ]*)
        fault='it gave an address that is not valid'
        return
        ;;
    esac
    if [ $(($(date +%s) - begun)) -gt "$seconds" ]; then
        fault="the $seconds seconds for all requests are over"
        return
    fi
    answer=$({
        {
            printf 'url = "%s"\n' "$2"
            [ "$1" != HEAD ] || echo head
            [ -z "${3-}" ] || printf 'header = "Authorization: %s"\n' "$3"
            [ -z "${4-}" ] || printf 'header = "Accept: %s"\n' "$4"
            [ -z "${5-}" ] || printf 'header = "%s"\n' "$5"
        } | curl --disable --silent --suppress-connect-headers --dump-header - --proto =https --connect-timeout 10 \
            --max-time 20 --max-filesize 1048576 --user-agent crreg-doctor --config - 2>/dev/null
        printf '\nexit %s' "$?"
    } | head -c 1100000 | tr -d '\000\r')
    ended=${answer##*"${line_end}exit "}
    case $answer in HTTP/*) ;; *)
        case $ended in
        6) fault='its host name was not found' ;;
        5 | 7) fault='no connection' ;;
        28) fault='no answer in time' ;;
        35 | 51 | 58 | 60) fault='its certificate is not valid here, or it does not use TLS' ;;
        *) fault="curl ended with $ended" ;;
        esac
        return
        ;;
    esac
    headers=${answer%%"$line_end$line_end"*}
    body=${answer#*"$line_end$line_end"}
    body=${body%"${line_end}exit "*}
    status=${headers#* }
    status=${status%%[!0-9]*}
}

outcome() { # the result of the last request, in a few words
    if [ "$status" = 000 ]; then
        printf '%s' "$fault"
        return
    fi
    quote=$(printf '%s' "$body" | jq -Rrs '(fromjson? // {}) | objects
        | (.errors[0]? | (.code? // ""), (.message? // "")), (.message? // ""), (.details? // "") | strings | select(. != "")' 2>/dev/null |
        head -n 2 | tr '\n' ' ')
    printf 'status %s%s' "$status" "${quote:+, $(clean "${quote% }")}"
}

authorize() { # authorize HOST SCOPE BASIC: sets authorization and stage; fails if access is refused
    stage=login
    authorization=
    request GET "https://$(endpoint "$1")/v2/"
    if [ "$status" = 200 ]; then
        stage=open
        return 0
    fi
    [ "$status" = 401 ] || {
        [ "$status" = 000 ] || fault="status $status"
        status=000
        return 1
    }
    challenge=$(printf '%s' "$headers" | jq -Rrs '[splits("\n") | capture("^www-authenticate:\\s*(?<value>.*)$"; "i").value]
        | join(", ") | if test("(^|, *)bearer "; "i") then
            ((capture("realm=\"(?<realm>[^\"]*)\"").realm // ""), ((capture("service=\"(?<service>[^\"]*)\"").service // "") | @uri))
          elif test("(^|, *)basic\\b"; "i") then "basic" else empty end' 2>/dev/null)
    realm=${challenge%%"$line_end"*}
    case $realm in
    basic)
        [ -n "$3" ] || return 1
        authorization="Basic $3"
        return 0
        ;;
    https://*) ;;
    *)
        status=000
        fault='it asks for a kind of login that this script does not know'
        return 1
        ;;
    esac
    query="service=${challenge#*"$line_end"}"
    [ -z "$2" ] || query="$query&scope=$2"
    case $realm in *\?*) query="$realm&$query" ;; *) query="$realm?$query" ;; esac
    request GET "$query" "${3:+Basic $3}"
    [ "$status" = 200 ] || return 1
    pass=$(printf '%s' "$body" | jq -r '(.access_token // .token) | strings' 2>/dev/null)
    case $pass in '' | *[!A-Za-z0-9._~+/=-]*)
        status=000
        fault='its token server gave no token'
        return 1
        ;;
    esac
    authorization="Bearer $pass"
    stage=pull
    body=
}

main "$@"

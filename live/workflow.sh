# Runs in a workflow of the suite: asks GitHub with the workflow's own token, and prints statuses only.
set -u

ask() { # ask NAME CURL-ARGUMENT...: print the status of the answer
    name=$1
    shift
    printf 'header = "Authorization: Bearer %s"\n' "$bearer" |
        curl --disable --silent --output answer --dump-header headers --write-out "crreg-live $name %{http_code}\n" \
            --max-time 60 --config - "$@"
}

push() { # push NAME FILE: upload a blob
    ask "open-$1" --request POST "$REGISTRY/v2/$PACKAGE/blobs/uploads/"
    location=$(tr -d '\r' <headers | sed -n 's/^[Ll]ocation: //p')
    case $location in /*) location=$REGISTRY$location ;; esac
    case $location in *\?*) location="$location&" ;; *) location="$location?" ;; esac
    ask "upload-$1" --request PUT --header 'Content-Type: application/octet-stream' --data-binary "@$2" \
        "${location}digest=$(digest "$2")"
}

digest() { printf 'sha256:%s' "$(sha256sum "$1" | cut -d ' ' -f 1)"; }

describe() { # describe TYPE FILE
    printf '{"mediaType":"application/vnd.oci.image.%s","size":%d,"digest":"%s"}' "$1" "$(wc -c <"$2")" "$(digest "$2")"
}

bearer=$GITHUB_TOKEN
ask list-repository "$API/repos/$GITHUB_REPOSITORY/codespaces/secrets"
[ -z "$OWNER" ] || ask list-organization "$API/orgs/$OWNER/codespaces/secrets"
ask list-user "$API/user/codespaces/secrets"

printf '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}' >config
printf 'crreg-live' >file
tar -cf - file | gzip -n >layer
printf 'user = "x-access-token:%s"\n' "$GITHUB_TOKEN" |
    curl --disable --silent --output token --write-out 'crreg-live ghcr-token %{http_code}\n' --config - \
        "$REGISTRY/token?service=ghcr.io&scope=repository:$PACKAGE:pull,push"
bearer=$(sed -n 's/.*"token": *"\([^"]*\)".*/\1/p' token)
push config config
push layer layer
body=$(printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":%s,"layers":[%s]}' \
    "$(describe config.v1+json config)" "$(describe layer.v1.tar+gzip layer)")
printf '%s' "$body" >manifest
ask manifest --request PUT --header 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
    --data-binary @manifest "$REGISTRY/v2/$PACKAGE/manifests/1"

#!/usr/bin/env bash
# Prepares a HashiCorp Vault (or an OpenBao) for Kaggle Agent. Safe to run again.
#
#   VAULT_ADDR=https://vault.example.org:8200 VAULT_TOKEN=… deploy/vault/setup.sh [options]
#
# The token needs rights to write policies, engines, auth methods and audit devices. What it does: docs/how-to/vault.md
set -euo pipefail

usage() {
  cat <<'TEXT'
deploy/vault/setup.sh [options]
  --mount NAME           key-value engine, version 2 (secret)
  --path NAME            folder of the agent's secrets in it (kaggle-agent)
  --roles LIST           roles of one process, such as bot,scheduler (bot,worker,scheduler,ops)
  --name NAME            name of the AppRole and of the Kubernetes role (kaggle-agent)
  --audit-file FILE      audit device that writes there, seen from Vault (/vault/logs/audit.log); none: no device
  --token-ttl TIME       life of a token between renewals (1h)
  --token-max-ttl TIME   longest life of a token (24h)
  --secret-id-ttl TIME   life of an AppRole secret id (720h)
  --secret-id-file FILE  writes a new secret id there, readable by you alone, instead of nothing
  --kubernetes NAMESPACE:SERVICEACCOUNT
                         Kubernetes login for that service account
  --database URL         Postgres whose logins Vault makes; {{username}} and {{password}} stand in it for Vault's own
  --database-user NAME   Vault's own user there; its password comes from VAULT_DATABASE_ADMIN_PASSWORD
  --database-owner NAME  owner of the agent's tables; logins become members of it (kaggle_agent)
  --database-static      Vault changes the password of the owner, instead of making users
  --rotation-period TIME how often, with --database-static (24h)
  --database-mount NAME  database engine (database)
TEXT
}

mount=secret path=kaggle-agent roles=bot,worker,scheduler,ops name=kaggle-agent
audit_file=/vault/logs/audit.log
token_ttl=1h token_max_ttl=24h secret_id_ttl=720h secret_id_file=
kubernetes= database= database_user= database_owner=kaggle_agent database_static=no
rotation_period=24h database_mount=database

while [ $# -gt 0 ]; do
  case "$1" in
    --mount) mount=$2; shift 2 ;;
    --path) path=$2; shift 2 ;;
    --roles) roles=$2; shift 2 ;;
    --name) name=$2; shift 2 ;;
    --audit-file) audit_file=$2; shift 2 ;;
    --token-ttl) token_ttl=$2; shift 2 ;;
    --token-max-ttl) token_max_ttl=$2; shift 2 ;;
    --secret-id-ttl) secret_id_ttl=$2; shift 2 ;;
    --secret-id-file) secret_id_file=$2; shift 2 ;;
    --kubernetes) kubernetes=$2; shift 2 ;;
    --database) database=$2; shift 2 ;;
    --database-user) database_user=$2; shift 2 ;;
    --database-owner) database_owner=$2; shift 2 ;;
    --database-static) database_static=yes; shift ;;
    --rotation-period) rotation_period=$2; shift 2 ;;
    --database-mount) database_mount=$2; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) echo "unknown option: $1" >&2; usage >&2; exit 64 ;;
  esac
done

vault=${VAULT_CLI:-vault}
folder=$(cd "$(dirname "$0")" && pwd)
command -v "$vault" > /dev/null || { echo "The vault command is missing; install it, or name another with VAULT_CLI=bao." >&2; exit 69; }
"$vault" token lookup > /dev/null || { echo "Vault does not take the token; set VAULT_ADDR and VAULT_TOKEN." >&2; exit 77; }

# Nothing below is read by anybody before it is written down who reads it.
if [ "$audit_file" != none ]; then
  if "$vault" audit list 2> /dev/null | grep -q '^kaggle-agent/'; then
    echo "audit device kaggle-agent/ is there"
  else
    "$vault" audit enable -path=kaggle-agent file file_path="$audit_file"
  fi
fi

if "$vault" secrets list | grep -q "^$mount/"; then
  echo "engine $mount/ is there"
else
  "$vault" secrets enable -path="$mount" -version=2 kv
fi

policies=
for role in ${roles//,/ }; do
  policy="$name-$role"
  sed -e "s#\"secret/\(data\|metadata\)/kaggle-agent/#\"$mount/\1/$path/#" \
    -e "s#\"database/#\"$database_mount/#" -e "s#creds/kaggle-agent\"#creds/$name\"#" \
    "$folder/policies/$role.hcl" | "$vault" policy write "$policy" -
  policies="${policies:+$policies,}$policy"
done

"$vault" auth list | grep -q '^approle/' || "$vault" auth enable approle
"$vault" write "auth/approle/role/$name" \
  token_policies="$policies" token_ttl="$token_ttl" token_max_ttl="$token_max_ttl" \
  secret_id_ttl="$secret_id_ttl" bind_secret_id=true
echo "VAULT_ROLE_ID=$("$vault" read -field=role_id "auth/approle/role/$name/role-id")"
if [ -n "$secret_id_file" ]; then
  # Written beside and moved over, so that a process that logs in meanwhile reads one or the other, never half of one.
  fresh=$(mktemp "$secret_id_file.XXXXXX")
  "$vault" write -f -field=secret_id "auth/approle/role/$name/secret-id" > "$fresh"
  mv "$fresh" "$secret_id_file"
  echo "VAULT_SECRET_ID_FILE=$secret_id_file (good for $secret_id_ttl; run this again before)"
fi

if [ -n "$kubernetes" ]; then
  "$vault" auth list | grep -q '^kubernetes/' || "$vault" auth enable kubernetes
  # Inside a cluster Vault finds the API server by itself; outside, see docs/how-to/vault.md.
  [ -z "${KUBERNETES_HOST:-}" ] || "$vault" write auth/kubernetes/config kubernetes_host="$KUBERNETES_HOST"
  "$vault" write "auth/kubernetes/role/$name" \
    bound_service_account_namespaces="${kubernetes%%:*}" bound_service_account_names="${kubernetes##*:}" \
    token_policies="$policies" token_ttl="$token_ttl" token_max_ttl="$token_max_ttl"
  echo "VAULT_KUBERNETES_ROLE=$name"
fi

if [ -n "$database" ]; then
  : "${database_user:?--database-user is needed with --database}"
  : "${VAULT_DATABASE_ADMIN_PASSWORD:?VAULT_DATABASE_ADMIN_PASSWORD is needed with --database}"
  "$vault" secrets list | grep -q "^$database_mount/" || "$vault" secrets enable -path="$database_mount" database
  if ! "$vault" read "$database_mount/config/$name" > /dev/null 2>&1; then
    # By standard input, since arguments show in the list of processes.
    printf '%s' "$VAULT_DATABASE_ADMIN_PASSWORD" | "$vault" write "$database_mount/config/$name" \
      plugin_name=postgresql-database-plugin allowed_roles="$name" connection_url="$database" \
      username="$database_user" password=-
    # From now on Vault alone knows that password.
    "$vault" write -f "$database_mount/rotate-root/$name"
  fi
  if [ "$database_static" = yes ]; then
    "$vault" write "$database_mount/static-roles/$name" db_name="$name" \
      username="$database_owner" rotation_period="$rotation_period"
    echo "VAULT_DATABASE_ROLE=$name VAULT_DATABASE_ROLE_KIND=static"
  else
    "$vault" write "$database_mount/roles/$name" db_name="$name" default_ttl=1h max_ttl=24h \
      creation_statements="CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' IN ROLE \"$database_owner\"; ALTER ROLE \"{{name}}\" SET ROLE \"$database_owner\";" \
      revocation_statements="DROP ROLE IF EXISTS \"{{name}}\";"
    echo "VAULT_DATABASE_ROLE=$name"
  fi
fi

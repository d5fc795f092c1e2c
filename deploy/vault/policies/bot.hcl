# What a process of the role `bot` may do in Vault: it talks in the chats and carries out what people type there.
# One secret for each service; their names and who needs them stand in src/config/vault-layout.ts.
# deploy/vault/setup.sh puts other mounts and folders in place of secret/, kaggle-agent and database/.

path "secret/data/kaggle-agent/database" {
  capabilities = ["read"]
}

path "secret/metadata/kaggle-agent/database" {
  capabilities = ["read"]
}

path "secret/data/kaggle-agent/supabase" {
  capabilities = ["read"]
}

path "secret/metadata/kaggle-agent/supabase" {
  capabilities = ["read"]
}

path "secret/data/kaggle-agent/redis" {
  capabilities = ["read"]
}

path "secret/metadata/kaggle-agent/redis" {
  capabilities = ["read"]
}

path "secret/data/kaggle-agent/storage" {
  capabilities = ["read"]
}

path "secret/metadata/kaggle-agent/storage" {
  capabilities = ["read"]
}

path "secret/data/kaggle-agent/kaggle" {
  capabilities = ["read"]
}

path "secret/metadata/kaggle-agent/kaggle" {
  capabilities = ["read"]
}

path "secret/data/kaggle-agent/saladcloud" {
  capabilities = ["read"]
}

path "secret/metadata/kaggle-agent/saladcloud" {
  capabilities = ["read"]
}

path "secret/data/kaggle-agent/vast" {
  capabilities = ["read"]
}

path "secret/metadata/kaggle-agent/vast" {
  capabilities = ["read"]
}

path "secret/data/kaggle-agent/wandb" {
  capabilities = ["read"]
}

path "secret/metadata/kaggle-agent/wandb" {
  capabilities = ["read"]
}

path "secret/data/kaggle-agent/slack" {
  capabilities = ["read"]
}

path "secret/metadata/kaggle-agent/slack" {
  capabilities = ["read"]
}

path "secret/data/kaggle-agent/discord" {
  capabilities = ["read"]
}

path "secret/metadata/kaggle-agent/discord" {
  capabilities = ["read"]
}

path "secret/data/kaggle-agent/heartbeat" {
  capabilities = ["read"]
}

path "secret/metadata/kaggle-agent/heartbeat" {
  capabilities = ["read"]
}

path "secret/data/kaggle-agent/ops" {
  capabilities = ["read"]
}

path "secret/metadata/kaggle-agent/ops" {
  capabilities = ["read"]
}

# The login of the database, where VAULT_DATABASE_ROLE names a role.
path "database/creds/kaggle-agent" {
  capabilities = ["read"]
}

path "database/static-creds/kaggle-agent" {
  capabilities = ["read"]
}

# Its own token and leases, and the question what it may do, which doctor asks.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}

path "auth/token/revoke-self" {
  capabilities = ["update"]
}

path "sys/leases/renew" {
  capabilities = ["update"]
}

path "sys/capabilities-self" {
  capabilities = ["update"]
}

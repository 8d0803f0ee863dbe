/**
 * Where ZeroClaw keeps things. `ZEROCLAW_CONFIG_DIR` pins one folder, the install root, for everything: `config.toml`,
 * `.secret_key`, `data/` (databases, sockets, locks), `agents/<alias>/workspace/`, `state/` (Matrix keys and sessions)
 * and `shared/` (skills). zeroclaw-config 0.8.7, schema.rs: `resolve_runtime_config_dirs`, `load_or_init`.
 *
 * The state volume is mounted at the install root itself, not above it: a container runtime makes the missing mount
 * points of `config.toml` and of the skills as root, and ZeroClaw could not write `.secret_key` into a root-owned folder.
 * For the same reason `shared/` is a scratch folder: what is left of a removed skill's mount points would stay on the
 * volume for good. ZeroClaw keeps no state there (procedures are off as long as `sop.sops_dir` is unset).
 */
export const installRoot = '/zeroclaw-data/.zeroclaw';

export const configFile = `${installRoot}/config.toml`;

export const sharedFolder = `${installRoot}/shared`;

/**
 * Folder of the agent's skill bundle. ZeroClaw refuses any place outside `<install root>/shared/` (skill_bundles.rs),
 * and lets the agent read, but not write, below `shared/skills` (policy.rs, `SecurityPolicy::for_agent`).
 */
export function skillFolder(alias: string): string {
  return `${sharedFolder}/skills/${alias}`;
}

/** zeroclaw-config 0.8.7, schema.rs: `agent_workspace_dir`. */
export function workspaceFolder(alias: string): string {
  return `${installRoot}/agents/${alias}/workspace`;
}

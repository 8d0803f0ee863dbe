/**
 * Where OpenClaw keeps things (docs/help/environment.md of 2026.9.6). The state folder is a subPath of its volume: OpenClaw
 * sets the folder to 0700 at each start, which only its owner may, and the root of a fresh volume belongs to root.
 */
export const home = '/home/node';

/** `OPENCLAW_STATE_DIR`. */
export const stateFolder = `${home}/.openclaw`;

export const workspaceFolder = `${stateFolder}/workspace`;

/** The ConfigMap with the configuration, as a whole folder: OpenClaw replaces files by renaming, which a single mounted file cannot stand. */
export const configFolder = '/etc/openclaw';

/** The configuration's name in that folder and, where OpenClaw may write to it, in the state folder. */
export const configName = 'openclaw.json';

/** Skills, where the agent cannot change them; OpenClaw reads them last (`skills.load.extraDirs`). */
export const skillFolder = '/opt/openclaw/skills';

/** Our own programs, which the image's Node runs. */
export const scriptFolder = '/opt/chitin/openclaw';

/** Where the init container sees the whole volume. */
export const volumeFolder = '/mnt/state';

/** Folders of the state volume. Of the executor's own the workspace is a mount point. */
export const volumeFolders = { state: 'home', executor: 'executor' } as const;

export const gatewayPort = 18789;

/** Where the forwarder listens for the cluster's gateway. */
export const forwarderPort = 18790;

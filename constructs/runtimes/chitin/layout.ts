/** The one volume: message store, memory, keys of chats and the workspace. A seed needs the workspace below its root. */
export const dataFolder = '/data';

export const stateFolder = `${dataFolder}/state`;

export const workspaceFolder = `${dataFolder}/workspace`;

/** Mounted from outside the workspace, so that the agent cannot change them, and none stays behind on the volume. */
export const skillsFolder = '/skills';

export const configFile = '/etc/chitin/config.json';

/** One folder for each Secret. */
export const secretsFolder = '/etc/chitin/secrets';

/** Health and metrics, for the kubelet and for Prometheus: `/healthz`, `/readyz`, `/metrics`. */
export const statusPort = 9090;

/** Where programs post, at `/hooks/<source>`. */
export const webhookPort = 8080;

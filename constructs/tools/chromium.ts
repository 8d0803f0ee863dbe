import { Size } from 'cdk8s';
import { images } from '../images.ts';
import type { Finding } from '../problem.ts';
import type { PlacedAt, Tool, ToolPlan } from './tool.ts';

/** Port of the DevTools protocol. */
const port = 9222;

/**
 * A headless browser for the agent's own browser tool, over the Chrome DevTools Protocol. Always a sidecar: the protocol has
 * no credential, Chromium itself listens on loopback only (since 136), and refuses `Host` headers that are not an address.
 * It switches no tool of the agent off: the browser tool drives it. For pages without scripts `scrapling()` is the smaller risk.
 */
export function chromium(): Tool<'restricted'> {
  return {
    name: 'chromium',
    place: 'sidecar',
    podSecurity: 'restricted',
    replaces: [],
    tools: [],
    findings: [unsandboxed],
    plan,
  };
}

/**
 * Tried with Chromium 156 as uid 65534 on containerd 2: its sandbox wants a user namespace, which the seccomp profile
 * RuntimeDefault refuses to a container without CAP_SYS_ADMIN (`hostUsers: false` changes nothing), and the setuid helper
 * wants privilege escalation. Pod Security "restricted" forbids both ways out.
 */
const unsandboxed: Finding = {
  rule: 'chromium-no-sandbox',
  message: 'tool chromium runs without its own sandbox',
  why:
    'A container under seccomp RuntimeDefault may not make the user namespaces that it needs. A page that takes over the browser ' +
    "is held by the container alone: it reaches the agent's ports and all that the pod may open.",
  help: 'Accept it with the reason, or use scrapling(), which runs no scripts of pages.',
};

const path = '/headless-shell/headless-shell';

/**
 * Names and literal addresses of the pod itself and of cloud metadata, which pages have no business with: the agent's program
 * may answer without a token on loopback. A DNS name for such an address still leads there, so it is no fence.
 */
const unresolved = ['localhost', '*.localhost', '0.*', '127.*', '169.254.*', '[::*]', '::*'];

const flags = [
  '--no-sandbox',
  '--remote-debugging-address=127.0.0.1',
  `--remote-debugging-port=${port}`,
  '--user-data-dir=/tmp/profile',
  '--disk-cache-dir=/tmp/cache',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-breakpad',
  '--disable-component-update',
  '--disable-crash-reporter',
  '--disable-sync',
  // Software rendering, which ANGLE otherwise looks for devices before.
  '--use-angle=swiftshader',
  `--host-resolver-rules=${unresolved.map((name) => `MAP ${name} ~NOTFOUND`).join(' , ')}`,
];

/**
 * Asks the browser itself: that the port takes connections says nothing of a browser that hangs. The kubelet does not reach
 * loopback, so a container's own shell asks; the image has bash and no HTTP client.
 */
const probe = {
  exec: [
    'bash',
    '-c',
    `exec 3<>/dev/tcp/127.0.0.1/${port} && printf 'GET /json/version HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r -t 4 line <&3 && [[ $line == *' 200 '* ]]`,
  ],
};

function plan({ host }: PlacedAt): ToolPlan {
  return {
    container: {
      name: 'chromium',
      image: images.headlessShell,
      // The image's own entry point opens the protocol to the network.
      command: [path, ...flags, 'about:blank'],
      env: { HOME: '/tmp' },
      scratch: [
        { path: '/tmp', size: Size.mebibytes(512) },
        { path: '/dev/shm', size: Size.mebibytes(256), memory: true },
      ],
      ports: [],
      probes: { startup: probe, liveness: probe },
      user: { uid: 65534, gid: 65534 },
      resources: {
        requests: { cpu: '100m', memory: Size.mebibytes(256) },
        // /dev/shm counts as memory.
        limits: { memory: Size.mebibytes(1536) },
      },
    },
    files: [],
    endpoint: { kind: 'cdp', url: `http://${host}:${port}` },
    flows: [
      {
        direction: 'out',
        peer: { kind: 'internet' },
        ports: [{ port: 443 }, { port: 80 }],
        because: 'tool chromium opens web pages',
      },
    ],
  };
}

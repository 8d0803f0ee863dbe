import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App } from 'cdk8s';
import { Construct } from 'constructs';
import { expect, onTestFinished, test } from 'vitest';
import {
  callerSource,
  nameRoot,
  originOf,
  recordSource,
  sourceLine,
  thrownSource,
  withoutRecording,
} from './origin.ts';
import { folder } from './testing/folder.ts';

/** An author's files, run by Node itself: a test runner moves lines. */
function run(files: Readonly<Record<string, string>>, main: string): unknown {
  const root = folder(files);
  const out = execFileSync(process.execPath, [join(root, main)], { encoding: 'utf8', stdio: 'pipe' });
  return JSON.parse(out.replaceAll(JSON.stringify(root).slice(1, -1), '.'));
}

const library = (file: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, file)).href);

const cdk8s = JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve('cdk8s')).href);

test('a construct comes from the nearest line that is not of the library', () => {
  const cluster = `import { fileURLToPath } from 'node:url';
import { Claw } from '../../apps/claw/claw.ts';
import { Cluster, cilium, flux, sops } from ${library('index.ts')};
import { originOf } from ${library('origin.ts')};

const cluster = new Cluster('lab', {
  kubernetes: '1.36', domain: 'example.test', network: cilium(),
  gitops: flux({ repository: { url: 'https://git.example.test/r.git' }, decryptWith: 'sops-age' }),
  secrets: sops({ recipients: ['age1x'] }),
  apps: (root) => {
    new Claw(root);
  },
});
const app = cluster.node.findChild('claw');
const agent = app.node.findChild('claw');
for (const each of cluster.node.findAll()) each.node.validate();
const namespace = cluster.node.findChild('cluster').node.findChild('Namespace-zeroclaw');
console.log(JSON.stringify([cluster, app, agent, agent.node.findChild('Fence'), app.node.findChild('settings'), namespace].map(originOf)));
`;
  const claw = `import { ApiObject } from ${cdk8s};
import { Agent, AgentApp, custom, image, route } from ${library('index.ts')};

export class Claw extends AgentApp {
  constructor(scope) {
    super(scope, 'claw', { namespace: 'zeroclaw' });

    new Agent(this, 'claw', {
      runtime: custom({ image: image('registry.example.test/a:1'), user: { uid: 1, gid: 1 } }),
      model: route('openai/gpt-5'),
    });
    new ApiObject(this, 'settings', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } });
  }
}
`;
  const inApp = (line: number) => ({ file: './apps/claw/claw.ts', line });
  const inCluster = { file: './clusters/lab/cluster.ts', line: 6 };
  expect(run({ 'apps/claw/claw.ts': claw, 'clusters/lab/cluster.ts': cluster }, 'clusters/lab/cluster.ts')).toEqual([
    { path: 'lab', source: inCluster },
    { path: 'lab/claw', source: inApp(6) },
    { path: 'lab/claw/claw', source: inApp(8) },
    // What is derived belongs to the line that asked for it, and what nobody asked for to the cluster.
    { path: 'lab/claw/claw/Fence', source: inApp(8) },
    { path: 'lab/claw/settings', source: inApp(12) },
    { path: 'lab/cluster/Namespace-zeroclaw', source: inCluster },
  ]);
});

test('the line of an error is the first that is neither of the library nor of a package', () => {
  const helper = 'export function make(call) {\n  return call();\n}\n';
  const main = `import { route } from ${library('index.ts')};
import { thrownSource } from ${library('origin.ts')};
import { make } from 'helper';

try {
  make(() => route('mistral/large'));
} catch (error) {
  console.log(JSON.stringify(thrownSource(error)));
}
`;
  const files = {
    'main.ts': main,
    'node_modules/helper/package.json': '{ "name": "helper", "type": "module", "exports": "./index.js" }',
    'node_modules/helper/index.js': helper,
  };
  expect(run(files, 'main.ts')).toEqual({ file: './main.ts', line: 6 });
});

test('a line is found however many lines of packages are before it, up to 32', () => {
  const main = `import { callerSource } from ${library('origin.ts')};
import { deep } from 'helper';

console.log(JSON.stringify([1, 9, 10, 11, 20, 31, 32].map((frames) =>
  deep(frames, callerSource)?.line ?? null)));
`;
  const files = {
    'main.ts': main,
    'node_modules/helper/package.json': '{ "name": "helper", "type": "module", "exports": "./index.js" }',
    'node_modules/helper/index.js': `export function deep(frames, call) {
  if (frames > 1) return deep(frames - 1, call);
  return call();
}
`,
  };
  expect(run(files, 'main.ts')).toEqual([5, 5, 5, 5, 5, 5, null]);
});

test('the stacks that Node writes are understood', () => {
  const error = (...frames: readonly string[]) =>
    Object.assign(new Error('x'), { stack: ['Error: x', ...frames.map((frame) => `    at ${frame}`)].join('\n') });
  const own = join(import.meta.dirname, 'cluster.ts');
  const all = ['new Cluster (node:internal/x:1:1)', `new Cluster (${pathToFileURL(own)}:3:4)`, `f (${own}:5:6)`];
  expect(thrownSource(error(...all, 'new Claw (file:///r/apps/my%20claw.ts:14:5)', 'g (/r/b.ts:1:1)'))).toEqual({
    file: '/r/apps/my claw.ts',
    line: 14,
  });
  const line = { file: '/r/clusters/lab/cluster.ts', line: 7 };
  expect(thrownSource(error(...all, '/r/clusters/lab/cluster.ts:7:16'))).toEqual(line);
  expect(thrownSource(error(...all, 'async file:///r/clusters/lab/cluster.ts:7:16'))).toEqual(line);
  expect(thrownSource(error('f (/r/node_modules/cdk8s/lib/app.js:1:1)'))).toBeUndefined();
  expect(thrownSource(error())).toBeUndefined();
});

test('a construct without a line of its own has that of the nearest above it', () => {
  const root = new App({ outdir: '/nowhere' });
  nameRoot(root, 'lab');
  const [above, deep] = withoutRecording(() => {
    const first = new Construct(root, 'above');
    return [first, new Construct(new Construct(first, 'between'), 'deep')];
  });
  expect(originOf(deep)).toEqual({ path: 'lab/above/between/deep', source: undefined });
  recordSource(above);
  const { path, source } = originOf(deep);
  expect(path).toBe('lab/above/between/deep');
  expect(source).toEqual(originOf(above).source);
  expect(source?.file).toBe(import.meta.filename);
  expect(originOf(root)).toEqual({ path: 'lab', source: undefined });
});

test('asking for a line leaves the stacks of errors as they are', () => {
  const { prepareStackTrace, stackTraceLimit } = Error;
  onTestFinished(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });
  Error.stackTraceLimit = 7;
  callerSource();
  expect([Error.prepareStackTrace, Error.stackTraceLimit]).toEqual([prepareStackTrace, 7]);
  expect(typeof new Error('x').stack).toBe('string');
});

test('a line is shown relative to the repository, with forward slashes', () => {
  const file = ['', 'r', 'apps', 'claw', 'claw.ts'].join(sep);
  expect(sourceLine({ file, line: 14 }, `${sep}r`)).toBe('apps/claw/claw.ts:14');
});

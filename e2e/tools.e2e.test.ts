/**
 * The real programs of `chromium()`, `kubernetesMcp()` and `toolbox()` in real pods, exactly as the constructs describe them.
 * Needs KUBECONFIG (an administrator's), kubectl, and E2E_TOOL_IMAGES: any text, which says that the node can pull the images
 * of these tools, or stand-ins with the same programs at the same paths, as `e2e/tool-images/make.sh` makes them.
 */
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  Agent,
  AgentApp,
  Cluster,
  chromium,
  custom,
  existing,
  images,
  kubernetesMcp,
  kubernetesNetworkPolicies,
  none,
  readCluster,
  toolbox,
} from '../constructs/index.ts';
import { model, plain, rendered } from '../constructs/testing/cluster.ts';
import { ApiServer, messageOf, type ObjectRef } from './api-server.ts';
import { Devtools } from './devtools.ts';
import { announceSkip, missing } from './environment.ts';
import { eventually } from './eventually.ts';

const skip = missing({ kubeconfig: true, programs: ['kubectl'], env: ['E2E_TOOL_IMAGES'] });
announceSkip('Chromium, the Kubernetes MCP server and kubectl run as their tools say', skip);

const namespace = `chitin-tools-${process.pid}`;
const reading = kubernetesMcp({ because: 'test' });

function objects(apiServer: { readonly address: string; readonly port: number }): ObjectRef[] {
  const cluster = new Cluster('live', {
    ...plain,
    gitops: none(),
    secrets: existing(),
    network: kubernetesNetworkPolicies(),
    apiServer: { cidrs: [`${apiServer.address}/32`], port: apiServer.port },
    apps: () => {},
  });
  const app = new AgentApp(cluster, 'app', { namespace });
  const agent = new Agent(app, 'agent', {
    runtime: custom({
      // Any image with a shell and wget, which is what asks the tools here.
      image: images.kubectl136,
      command: ['sleep', '36000'],
      user: { uid: 65534, gid: 65534 },
      env: ({ tools }) =>
        Object.fromEntries(
          tools.flatMap(({ name, endpoint }) =>
            endpoint.kind === 'programs' ? [] : [[`${name.toUpperCase()}_URL`, endpoint.url]],
          ),
        ),
    }),
    model,
    tools: [chromium(), reading, toolbox({ kubectl: true })],
  });
  agent.grant(readCluster, { because: 'test' });
  return Object.values(rendered(cluster)) as ObjectRef[];
}

describe.skipIf(skip)('tools in real pods', () => {
  const api = skip ? (undefined as unknown as ApiServer) : new ApiServer();
  const made: ObjectRef[] = [];

  const kubectl = async (...args: string[]) => (await execa('kubectl', ['-n', namespace, ...args])).stdout;
  const sh = (script: string, ...args: string[]) =>
    kubectl('exec', 'agent-0', '-c', 'agent', '--', '/bin/sh', '-c', script, 'sh', ...args);
  const pods = async () => JSON.parse(await kubectl('get', 'pods', '-o', 'json')).items as Pod[];

  beforeAll(async () => {
    const endpoints = JSON.parse(
      (await execa('kubectl', ['get', 'endpoints', 'kubernetes', '-n', 'default', '-o', 'json'])).stdout,
    );
    const [{ addresses, ports }] = endpoints.subsets;
    const all = objects({ address: addresses[0].ip, port: ports[0].port });
    for (const object of all.toSorted((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'))) {
      const answer = await api.apply(object, JSON.stringify(object), { dryRun: false });
      if (answer.status >= 300) throw new Error(`${object.kind} ${object.metadata.name}: ${messageOf(answer)}`);
      made.push(object);
    }
    await eventually(
      'two pods to be Ready',
      180,
      async () => {
        const ready = (await pods()).filter(({ status }) =>
          status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
        );
        return ready.length === 2 ? ready : undefined;
      },
      () => kubectl('describe', 'pods'),
    );
  });

  afterAll(async () => {
    for (const object of made.toReversed()) await api.delete(object);
  });

  test('nothing restarted on the way, and everything that started is still there', async () => {
    const restarts = (await pods()).flatMap(({ status }) =>
      [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(
        ({ name, restartCount }) => [name, restartCount] as const,
      ),
    );
    expect(Object.fromEntries(restarts)).toEqual({
      agent: 0,
      chromium: 0,
      'toolbox-kubectl': 0,
      'kubernetes-mcp-server': 0,
    });
  });

  describe('toolbox()', () => {
    test('kubectl is the one of the toolbox, of the version that was asked for, and cannot be replaced', async () => {
      expect(await sh('command -v kubectl')).toBe('/opt/toolbox/kubectl');
      const { clientVersion } = JSON.parse(await sh('kubectl version --client -o json'));
      expect(clientVersion.gitVersion).toBe(`v${images.kubectl136.tag}`);
      await expect(sh('echo x >/opt/toolbox/kubectl')).rejects.toThrow(/Read-only file system/);
    });

    test("it acts with the agent's own grants", async () => {
      expect(await sh(`kubectl get pod agent-0 -n ${namespace} -o name`)).toBe('pod/agent-0');
      await expect(sh(`kubectl get secrets -n ${namespace}`)).rejects.toThrow(/Forbidden/);
    });
  });

  describe('kubernetesMcp()', () => {
    /** Asks as the agent does: from its pod, through both fences. */
    const ask = async (method: string, params: object) => {
      const text = await sh(
        'wget -q -O - --header "Content-Type: application/json" --header "Accept: application/json, text/event-stream" --post-data "$1" "$KUBERNETES_URL"',
        JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      );
      return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text).result;
    };
    const call = async (name: string, args: object) => {
      const { content, isError = false } = await ask('tools/call', { name, arguments: args });
      return { isError, text: content[0].text as string };
    };

    test('it answers its agent, and offers the tools that runtimes allow', async () => {
      const capabilities = {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name: 'test', version: '1' },
      };
      expect((await ask('initialize', capabilities)).serverInfo.name).toBe('kubernetes-mcp-server');
      const { tools } = await ask('tools/list', {});
      expect(tools.map(({ name }: { name: string }) => name).toSorted()).toEqual(reading.tools.toSorted());
    });

    test('it reads what its own account may read, and no Secret', async () => {
      expect(await call('pods_list_in_namespace', { namespace })).toEqual({
        isError: false,
        text: expect.stringContaining('agent-0'),
      });
      for (const kind of ['Secret', 'ConfigMap', 'ServiceAccount']) {
        const { isError, text } = await call('resources_list', { apiVersion: 'v1', kind, namespace });
        expect([kind, isError, text]).toEqual([
          kind,
          true,
          expect.stringContaining(`resource not allowed: /v1, Kind=${kind}`),
        ]);
      }
    });
  });

  describe('chromium()', () => {
    test('it answers on loopback, by address, and nowhere else', async () => {
      expect(JSON.parse(await sh('wget -q -O - "$CHROMIUM_URL/json/version"')).Browser).toMatch(/^(Headless)?Chrome\//);
      await expect(sh('wget -q -O - --header "Host: example.org" "$CHROMIUM_URL/json/version"')).rejects.toThrow(/500/);
      const address = (await pods()).find(({ metadata }) => metadata.name === 'agent-0')?.status.podIP;
      await expect(sh(`wget -q -O - http://${address}:9222/json/version`)).rejects.toThrow(/refused/);
    });

    test('it runs scripts of pages, and leads them neither to the pod nor to cloud metadata', async () => {
      const devtools = await Devtools.forward(namespace, 'agent-0', 9222);
      onTestFinished(() => devtools.close());
      await devtools.open('data:text/html,<title>a</title><script>document.title += 1 + 1</script>');
      await eventually('the script to have run', 30, async () =>
        (await devtools.evaluate('document.title')) === 'a2' ? true : undefined,
      );
      for (const host of ['localhost:9222', '127.0.0.1:9222', '[::1]:9222', '169.254.169.254', '0.0.0.0:9222']) {
        expect([host, await devtools.navigate(`http://${host}/json/version`)]).toEqual([
          host,
          'net::ERR_NAME_NOT_RESOLVED',
        ]);
      }
    });
  });
});

interface Pod {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly initContainerStatuses?: readonly Status[];
    readonly containerStatuses?: readonly Status[];
  };
}

interface Status {
  readonly name: string;
  readonly restartCount: number;
}

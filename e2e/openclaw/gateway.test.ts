/**
 * The real OpenClaw, started with what the adapter makes, is asked what the kubelet, the cluster's gateway, Alertmanager and
 * a browser ask; a server on loopback stands for the model.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openClaw } from '../../constructs/index.ts';
import { openAiCompatible } from '../../constructs/models/providers.ts';
import { route } from '../../constructs/models/route.ts';
import { forwarderPort, gatewayPort } from '../../constructs/runtimes/openclaw/layout.ts';
import type { PluginOptions } from '../../constructs/runtimes/openclaw/options.ts';
import { clusterWith, hook, versions } from '../../constructs/runtimes/openclaw/testing/cases.ts';
import { exposure, wiring } from '../../constructs/runtimes/testing/wirings.ts';
import { eventually } from '../eventually.ts';
import { committedAgents } from './committed.ts';
import { type ModelServer, modelServer, runs } from './model-server.ts';
import { program } from './packages.ts';
import { address, type Pod, secretOf, startPod } from './pod.ts';

if (address === undefined)
  throw new Error('this machine has no address but loopback, so nothing can stand for the kubelet');

const service = { name: 'llm', namespace: 'llm', port: 8080, labels: { app: 'llm' } };
const model = route('litellm/qwen3', { providers: [openAiCompatible('litellm', { service })] });
const callers = hook.callers ?? [];
const called = wiring({ model, channels: [hook], callers, exposure });
const placeOfModel = 'http://llm.llm.svc.cluster.local:8080/v1';

/** What Traefik adds to a request (Traefik 3.7 as a Gateway API controller); the client says of itself what it likes. */
const forwarded = {
  'X-Forwarded-For': '198.51.100.9',
  'X-Forwarded-Host': 'claw.example.org',
  'X-Forwarded-Port': '443',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Server': 'traefik-0',
  'X-Real-Ip': '198.51.100.9',
};

const pod = `http://${address}:${gatewayPort}`;
const front = `http://${address}:${forwarderPort}`;

async function status(url: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  return (await fetch(url, { headers })).status;
}

const alert = (name: string) => ({
  version: '4',
  status: 'firing',
  receiver: 'claw',
  groupLabels: { alertname: name },
  commonLabels: { alertname: name },
  commonAnnotations: {},
  externalURL: 'http://alertmanager.example.org',
  groupKey: '{}',
  truncatedAlerts: 0,
  alerts: [{ status: 'firing', labels: { alertname: name, severity: 'page' }, annotations: {}, fingerprint: 'f00' }],
});

function post(source: string, body: object, token = secretOf('claw-webhook', 'token')): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  return fetch(`${pod}/hooks/${source}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Why OpenClaw turns a browser away that has the token and no device, or comes from another origin; it says so once it has started. */
function webSocket(origin: string): Promise<string | undefined> {
  const socket = new WebSocket(front.replace('http', 'ws'), { headers: { ...forwarded, Origin: origin } } as never);
  const client = { id: 'openclaw-control-ui', version: '1.0.0', platform: 'web', mode: 'webchat' };
  const auth = { token: secretOf('claw-gateway', 'token') };
  const params = { minProtocol: 1, maxProtocol: 9, client, auth, role: 'operator', scopes: ['operator.read'] };
  return new Promise((resolve, reject) => {
    socket.onmessage = ({ data }) => {
      const { event, error } = JSON.parse(String(data));
      if (event === 'connect.challenge')
        socket.send(JSON.stringify({ type: 'req', id: '1', method: 'connect', params }));
      else if (error) resolve(error.details?.code);
    };
    socket.onclose = ({ code, reason }) => resolve(`${code} ${reason}`);
    socket.onerror = () => reject(new Error('no WebSocket'));
  });
}

describe.each(versions)('%s behind a gateway, called by Alertmanager', (version) => {
  let models: ModelServer;
  let running: Pod;
  let config: string;
  const options = { version, exec: 'executor', readiness: 'channels' } as PluginOptions;
  const plan = openClaw(options).plan(called);
  const [gateway] = plan.containers;

  beforeAll(async () => {
    models = await modelServer('echo executor=$((6 * 7)); env');
    running = await startPod(await program(version), plan, { [placeOfModel]: models.url });
    config = running.config();
  });
  afterAll(async () => {
    await running?.remove();
    models?.close();
  });

  test('the probes that the kubelet sends are answered', async () => {
    const { startup, liveness, readiness } = gateway.probes;
    for (const probe of [startup, liveness]) {
      if (!probe || !('http' in probe)) throw new Error('no probe over HTTP');
      const answer = await eventually(`200 at ${probe.http.path}`, 60, async () => {
        const last = await fetch(`${pod}${probe.http.path}`);
        return last.status === 200 ? last : undefined;
      });
      // A path that OpenClaw does not know is the web interface, with 200.
      expect(answer.headers.get('content-type')).toContain('json');
    }
    if (!readiness || !('exec' in readiness)) throw new Error('no probe by a command');
    const passes = async () => ((await running.exec(readiness.exec)) === 0 ? true : undefined);
    await eventually('the probe of readiness', 60, passes);
  });

  test('what the gateway forwards goes through the forwarder, whatever the client says of itself', async () => {
    expect(await status(`${front}/`, forwarded)).toBe(200);
    expect(await status(`${front}/`, { ...forwarded, 'X-Forwarded-For': '127.0.0.1, 198.51.100.9' })).toBe(200);
    expect(await status(`${front}/`, { 'X-Forwarded-For': '127.0.0.1', Forwarded: 'for=127.0.0.1' })).toBe(200);
    expect(await status(`${front}/`)).toBe(200);
  });

  test('without the forwarder, the release of 2026.9 would refuse it', async () => {
    expect(await status(`${pod}/`, forwarded)).toBe(version === '2026.9.6' ? 403 : 200);
    for (const [name, value] of Object.entries(forwarded)) {
      // Each of them alone: a route that takes some of them away helps nothing.
      expect(await status(`${pod}/readyz`, { [name]: value })).toBe(version === '2026.9.6' ? 403 : 200);
    }
  });

  test('a WebSocket goes through, from the route alone', async () => {
    const saying = (origin: string) =>
      eventually(`an answer to ${origin}`, 120, async () => {
        const answer = await webSocket(origin);
        return answer === undefined ? undefined : answer;
      });
    // It says who is behind the gateway, so that the device has to be approved, which it would not on loopback.
    expect(await saying(exposure.origin)).toBe('CONTROL_UI_DEVICE_IDENTITY_REQUIRED');
    expect(await saying('https://evil.example.org')).toBe('CONTROL_UI_ORIGIN_NOT_ALLOWED');
  });

  test('Alertmanager gives the agent an order, and the model is asked with its key', async () => {
    const answer = await post('alerts', alert('DiskFull'));
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ ok: true })]);
    const find = async () => models.asked.find(({ body }) => body.includes('DiskFull'));
    const asked = await eventually('a question to the model', 120, find, async () => running.gateway.log());
    expect(asked.authorization).toBe(`Bearer ${secretOf('claw-litellm', 'api-key')}`);
    expect(asked.body).toContain('Alertmanager, firing: ');
    expect(asked.body).toContain(String.raw`\"severity\":\"page\"`);
  });

  test('other sources are heard as well, whole', async () => {
    expect((await post('sonarr', { eventType: 'Grab', instanceName: 'Sonarr', series: { title: 'S1' } })).status).toBe(
      200,
    );
    expect((await post('builds', { build: { number: 41 } })).status).toBe(200);
    for (const part of ['Sonarr, Grab: ', String.raw`{\"build\":{\"number\":41}}`]) {
      await eventually(part, 120, async () => models.asked.find(({ body }) => body.includes(part)));
    }
  });

  test('a caller without the token is turned away', async () => {
    expect((await post('alerts', alert('Nothing'), 'wrong')).status).toBe(401);
    expect((await post('alerts', alert('Nothing'), secretOf('claw-gateway', 'token'))).status).toBe(401);
  });

  test('the executor runs commands once it is approved, without the keys of OpenClaw', async () => {
    const pending = await eventually('a request of the executor', 120, async () => {
      const list: { requestId: string; commands: string[] }[] = JSON.parse(
        running.openclaw('nodes', 'pending', '--json'),
      );
      return list[0];
    });
    const least = ['system.run', 'system.run.prepare', 'system.which'];
    expect(pending.commands.toSorted()).toEqual(version === '2026.9.6' ? least : expect.arrayContaining(least));
    running.openclaw('nodes', 'approve', pending.requestId);
    // It takes the approval up when it asks the next time, until when the command is refused.
    const output = await eventually('the output of a command', 200, async () => {
      const before = models.asked.length;
      await post('builds', { text: `${runs} ${before}` });
      const find = async () => models.asked.slice(before).find(({ body }) => body.includes('executor=42'))?.body;
      return eventually('its output', 45, find, async () => `${models.asked.at(-1)?.body.slice(-2000)}`);
    });
    expect(output).toContain('OPENCLAW_STATE_DIR');
    for (const secret of ['claw-litellm', 'claw-webhook']) expect(output).not.toContain(`e2e-${secret}`);
  });

  test('nothing was written to the configuration, and it stops at once when idle', async () => {
    expect(running.config()).toBe(config);
    await running.stop();
    expect(await running.gateway.exited).toBe(0);
  });
});

describe('2026.9.6, trusting the addresses of a gateway', () => {
  let running: Pod;
  const plan = openClaw({ version: '2026.9.6' }).plan(
    wiring({ model, exposure, cluster: clusterWith([`${address}/32`]) }),
  );
  const [gateway] = plan.containers;

  beforeAll(async () => {
    expect(plan.problems).toEqual([]);
    running = await startPod(await program('2026.9.6'), plan);
  });
  afterAll(async () => {
    await running?.remove();
  });

  test('the kubelet is answered though its address is the gateway\u2019s, since it asks at /healthz alone', async () => {
    const { startup, liveness, readiness } = gateway.probes;
    for (const probe of [startup, liveness, readiness]) {
      expect(probe).toEqual({ http: { path: '/healthz', port: 'gateway' } });
    }
    expect(await status(`${pod}/healthz`)).toBe(200);
    expect(await status(`${pod}/startupz`)).toBe(403);
  });

  test('the gateway is believed, and whoever else calls from there is refused', async () => {
    expect(await status(`${pod}/`, forwarded)).toBe(200);
    expect(await status(`${pod}/`)).toBe(403);
    expect(await status(`${pod}/`, { ...forwarded, 'X-Forwarded-For': `${address}` })).toBe(403);
  });
});

describe.each(committedAgents())('dist/$name', ({ version, programs, configs, startupPath }) => {
  let running: Pod;
  let config: string;

  beforeAll(async () => {
    running = await startPod(await program(version), programs);
    config = running.config();
  });
  afterAll(async () => {
    await running?.remove();
  });

  test('it starts, and the gateway and callers get answers', async () => {
    await eventually(`200 at ${startupPath}`, 60, async () => {
      const { status, headers } = await fetch(`${pod}${startupPath}`);
      return (status === 200 && headers.get('content-type')?.includes('json')) || undefined;
    });
    expect(await status(`${front}/`, forwarded)).toBe(200);
    const token = secretOf('openclaw-webhook', 'token');
    for (const { id } of JSON.parse(configs.agent ?? '').hooks?.mappings ?? []) {
      expect((await post(id, alert('DiskFull'), token)).status).toBe(200);
    }
  });

  test('its executor asks to be approved', async () => {
    await eventually('a request of the executor', 120, async () => {
      const list: readonly { readonly displayName: string }[] = JSON.parse(
        running.openclaw('nodes', 'pending', '--json'),
      );
      return list.some(({ displayName }) => displayName === 'executor') || undefined;
    });
  });

  test('nothing was written to its configuration', () => {
    expect(running.config()).toBe(config);
  });
});

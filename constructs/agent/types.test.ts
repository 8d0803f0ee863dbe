import { describe, expect, test } from 'vitest';
import { discord, matrix, slack, telegram, webhook, whatsApp } from '../channels/index.ts';
import { Cluster } from '../cluster.ts';
import { image } from '../images.ts';
import { openAiCompatible, route } from '../models/index.ts';
import { host, pods } from '../network/peers.ts';
import { custom } from '../runtimes/custom.ts';
import { zeroClaw } from '../runtimes/zeroclaw/index.ts';
import { imageSeed } from '../seeds/index.ts';
import { model, plain, problemsOf, program } from '../testing/cluster.ts';
import { folder, secretFiles } from '../testing/folder.ts';
import { scrapling } from '../tools/index.ts';
import { Agent } from './agent.ts';
import { AgentApp } from './app.ts';

/** What the types refuse is refused here by the compiler; the tests show what a caller without types gets. */

const account = {
  homeserver: 'https://matrix.example.org',
  user: '@claw:example.org',
  people: ['@sam:example.org'],
} as const;
const room = matrix({ ...account, rooms: ['!ops:example.org'] });
const workspace = image('registry.example.test/workspace:1');

function newCluster(secrets: Parameters<typeof secretFiles>[0] = {}): Cluster {
  return new Cluster('test', { ...plain, directory: `${folder(secretFiles(secrets))}/clusters/test`, apps: () => {} });
}

const matrixSecret = { 'demo/agent-matrix': { password: 'a', 'recovery-key': 'b' } };
const builds = { name: 'builds', kind: 'generic', callers: [pods('ci', { app: 'builds' })] } as const;
const team = slack({ people: ['U012ABCDEF'] });
const toolSecret = { 'demo/agent-scrapling': { token: 'a' } };

describe('right', () => {
  test('a channel that the runtime speaks, and a tool that the namespace admits', () => {
    const cluster = newCluster(matrixSecret);
    const app = new AgentApp(cluster, 'app', { namespace: 'demo' });
    new Agent(app, 'agent', {
      runtime: zeroClaw(),
      model,
      channels: [room],
      tools: [scrapling()],
      seed: imageSeed(workspace, { path: '/files' }),
    });
    expect(problemsOf(cluster)).toEqual([]);
  });

  test('every channel that ZeroClaw speaks', () => {
    const cluster = newCluster({
      ...matrixSecret,
      'demo/agent-telegram': { 'bot-token': 'a' },
      'demo/agent-discord': { 'bot-token': 'a' },
      'demo/agent-webhook': { token: 'a' },
    });
    const app = new AgentApp(cluster, 'app', { namespace: 'demo' });
    new Agent(app, 'agent', {
      runtime: zeroClaw(),
      model,
      channels: [
        room,
        telegram({ people: [123456789] }),
        discord({ people: ['123456789012345678'] }),
        whatsApp({ number: '+15550100000', people: ['+15550100001'] }),
        webhook({ sources: [builds] }),
      ],
    });
    expect(problemsOf(cluster)).toEqual([]);
  });

  test('a browser, and a tool without one, where the namespace admits both', () => {
    const cluster = newCluster(toolSecret);
    const app = new AgentApp<'baseline'>(cluster, 'app', { namespace: 'demo', podSecurity: 'baseline' });
    new Agent(app, 'agent', { runtime: custom(program), model, tools: [scrapling({ browser: true })] });
    new Agent(app, 'other', { runtime: custom(program), model, tools: [scrapling()] });
    expect(problemsOf(cluster)).toEqual([]);
  });

  test('a provider of the repository, by its name', () => {
    const providers = [openAiCompatible('litellm', { url: 'https://llm.example.org/v1' })];
    expect(route('litellm/gpt-5', { providers, fallbacks: ['openai/gpt-5', 'litellm/small'] }).fallbacks).toHaveLength(
      2,
    );
  });

  test('a runtime that is chosen at run time has no channels in common but none', () => {
    const runtime = [custom(program), zeroClaw()][0] ?? zeroClaw();
    const cluster = newCluster();
    const app = new AgentApp(cluster, 'app', { namespace: 'demo' });
    new Agent(app, 'agent', { runtime, model });
    expect(problemsOf(cluster)).toEqual([]);
  });
});

describe('wrong', () => {
  test('a channel that the runtime does not speak', () => {
    const cluster = newCluster();
    const app = new AgentApp(cluster, 'app', { namespace: 'demo' });
    // @ts-expect-error: custom() speaks no channel
    new Agent(app, 'agent', { runtime: custom(program), model, channels: [room] });
    expect(problemsOf(cluster)).toEqual([
      {
        message: 'runtime custom does not speak channel matrix',
        help: 'It speaks none. Runtimes that speak matrix: chitin, hermes, openclaw, zeroclaw.',
      },
    ]);
  });

  test('Slack on ZeroClaw, whose released images do not have it', () => {
    const cluster = newCluster(matrixSecret);
    const app = new AgentApp(cluster, 'app', { namespace: 'demo' });
    // @ts-expect-error: zeroClaw() speaks Matrix, and no Slack
    new Agent(app, 'agent', { runtime: zeroClaw(), model, channels: [room, team] });
    expect(problemsOf(cluster)).toEqual([
      {
        message: 'runtime zeroclaw does not speak channel slack',
        help: 'It speaks: discord, matrix, telegram, webhook, whatsapp. Runtimes that speak slack: hermes, openclaw, picoclaw.',
      },
    ]);
  });

  test('a tool that is root in a restricted namespace', () => {
    const cluster = newCluster(toolSecret);
    const app = new AgentApp(cluster, 'app', { namespace: 'demo' });
    // @ts-expect-error: the browser needs Pod Security level baseline
    new Agent(app, 'agent', { runtime: custom(program), model, tools: [scrapling({ browser: true })] });
    expect(problemsOf(cluster)).toEqual([
      {
        message: "tool scrapling needs Pod Security level baseline, and the app's namespace enforces restricted",
        why: 'The API server would refuse the pod.',
        help: "Set `podSecurity: 'baseline'` on the app, if that is what you want for its whole namespace.",
      },
    ]);
  });

  test('a weaker app that does not say so', () => {
    const cluster = newCluster();
    // @ts-expect-error: less than restricted has to be said in the properties too
    expect(new AgentApp<'baseline'>(cluster, 'app', { namespace: 'demo' }).podSecurity).toBe('restricted');
  });

  test('a model of a provider that nobody declared', () => {
    // @ts-expect-error: the provider is neither built in nor in `providers`
    expect(() => route('mistral/large')).toThrow(
      'model "mistral/large" does not start with a known provider and "/" (known: anthropic, google, openai)',
    );
    const providers = [openAiCompatible('litellm', { url: 'https://llm.example.org/v1' })];
    // @ts-expect-error: a fallback is checked as the primary is
    expect(() => route('litellm/gpt-5', { providers, fallbacks: ['ollama/llama'] })).toThrow('model "ollama/llama"');
    // @ts-expect-error: there is no model without a provider
    expect(() => route('gpt-5')).toThrow('model "gpt-5"');
  });

  test('a room, an account and a homeserver of another form', () => {
    // @ts-expect-error: an alias is not a room id
    expect(matrix({ ...account, rooms: ['#ops:example.org'] }).problems).toHaveLength(1);
    // @ts-expect-error: no room at all would be every room
    expect(matrix({ ...account, rooms: [] }).problems).toHaveLength(1);
    // @ts-expect-error: an account starts with "@" and names its server
    expect(matrix({ ...account, rooms: ['!a:b'], user: 'claw' }).problems).toHaveLength(1);
    // @ts-expect-error: passwords and messages do not travel in plain text
    expect(matrix({ ...account, rooms: ['!a:b'], homeserver: 'http://matrix.example.org' }).problems).toHaveLength(1);
  });

  test('people by name, and nobody', () => {
    // @ts-expect-error: a username is not an id
    expect(telegram({ people: ['@anna'] }).problems).toHaveLength(1);
    // @ts-expect-error: an agent that obeys nobody is deaf
    expect(telegram({ people: [] }).problems).toHaveLength(1);
    // @ts-expect-error: a display name is not a member id
    expect(slack({ people: ['anna'] }).problems).toHaveLength(1);
    // @ts-expect-error: a channel name is not a channel id
    expect(slack({ people: ['U012ABCDEF'], channels: ['#ops'] }).problems).toHaveLength(1);
    // @ts-expect-error: an agent that obeys nobody is deaf
    expect(slack({ people: [] }).problems).toHaveLength(1);
    // @ts-expect-error: a username is not a snowflake
    expect(discord({ people: ['anna'] }).problems).toHaveLength(1);
    // @ts-expect-error: a JavaScript number would be rounded
    expect(discord({ people: [123456789012345680] }).problems).toHaveLength(1);
    const id = '123456789012345678';
    // @ts-expect-error: a server without channels would be every channel
    expect(discord({ people: [id], servers: [{ id, channels: [] }] }).problems).toHaveLength(1);
    // @ts-expect-error: a number without its country code
    expect(whatsApp({ number: '+15550100000', people: ['5550100001'] }).problems).toHaveLength(1);
    // @ts-expect-error: the name of a group is not its id
    expect(whatsApp({ number: '+15550100000', people: ['+15550100001'], groups: ['Ops'] }).problems).toHaveLength(1);
  });

  test('a webhook that nobody or somebody outside calls, and an option of another kind', () => {
    // @ts-expect-error: the fence would let nobody in
    expect(webhook({ sources: [{ ...builds, callers: [] }] }).problems).toHaveLength(1);
    // @ts-expect-error: callers are pods of the cluster
    expect(webhook({ sources: [{ ...builds, callers: [host('example.org')] }] }).callers).toHaveLength(1);
    // @ts-expect-error: only Alertmanager reads an AlertmanagerConfig
    expect(webhook({ sources: [{ ...builds, alertmanagerConfig: {} }] }).problems).toEqual([]);
  });

  test('a relative folder in an image', () => {
    // @ts-expect-error: the folder is absolute
    expect(imageSeed(workspace, { path: 'workspace' }).path).toBe('workspace');
  });

  test('a Scrapling with a choice of tools and a browser', () => {
    // @ts-expect-error: with the browser upstream's own server runs, which offers all of its tools
    expect(scrapling({ browser: true, tools: ['get'] }).tools).toHaveLength(10);
    // @ts-expect-error: fetch needs the browser
    expect(scrapling({ tools: ['fetch'] }).podSecurity).toBe('restricted');
  });
});

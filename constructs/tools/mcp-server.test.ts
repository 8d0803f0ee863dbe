import { describe, expect, test } from 'vitest';
import { image } from '../images.ts';
import { reportedBelow } from '../problem.ts';
import { oneAgent, problemsOf, rendered } from '../testing/cluster.ts';
import { folder, secretFiles } from '../testing/folder.ts';
import { type McpServerImage, mcpServer, type RemoteMcpServer } from './mcp-server.ts';
import { tokenHeaders } from './tool.ts';

const docs: McpServerImage = { name: 'docs', image: image('registry.example.test/docs:1.0.0'), port: 3000 };
const secret = ({ name }: { readonly name: string }, key: string) => ({ secret: `agent-${name}`, key });
const planned = (options: McpServerImage | RemoteMcpServer, host = '127.0.0.1') => {
  const tool = mcpServer(options);
  return tool.plan({ place: tool.place, host, kubernetes: '1.36', secret });
};

describe('by its image', () => {
  test('a pod of its own unless told, with a port, a probe and nobody else let in', () => {
    const { cluster } = oneAgent({ tools: [mcpServer(docs)] });
    const objects = rendered(cluster);
    expect(problemsOf(cluster)).toEqual([]);
    const [container] = objects['Deployment agent-docs'].spec.template.spec.containers;
    expect(container).toMatchObject({ ports: [{ name: 'mcp', containerPort: 3000 }] });
    expect(
      [container.startupProbe, container.livenessProbe, container.readinessProbe].map((probe) => probe.tcpSocket),
    ).toEqual([{ port: 'mcp' }, { port: 'mcp' }, { port: 'mcp' }]);
    expect(planned(docs, 'agent-docs.demo').endpoint).toEqual({ kind: 'mcp', url: 'http://agent-docs.demo:3000/mcp' });
    expect(reportedBelow(cluster).findings.map(({ item }) => item.rule)).toEqual(['tool-without-token']);
  });

  test('beside the agent it has no port, and the probe that it is given', () => {
    const probe = { exec: ['/check'] };
    const { container, endpoint } = planned({ ...docs, place: 'sidecar', path: '/', probe });
    expect(container).toMatchObject({ ports: [], probes: { startup: probe, liveness: probe, readiness: undefined } });
    expect(endpoint).toEqual({ kind: 'mcp', url: 'http://127.0.0.1:3000/' });
    expect(planned({ ...docs, place: 'sidecar' }).container?.probes).toEqual({});
  });

  test('its secrets are variables, one of which its callers have to know', () => {
    const options: McpServerImage = {
      ...docs,
      env: { LOG: 'info' },
      secrets: { DOCS_KEY: 'key of the wiki', DOCS_TOKEN: 'any long random text' },
      tokenVariable: 'DOCS_TOKEN',
    };
    const directory = `${folder(secretFiles({ 'demo/agent-docs': { DOCS_KEY: 'a', DOCS_TOKEN: 'b' } }))}/clusters/test`;
    const { cluster } = oneAgent({ tools: [mcpServer(options)] }, { directory });
    expect(rendered(cluster)['Deployment agent-docs'].spec.template.spec.containers[0].env).toEqual([
      { name: 'LOG', value: 'info' },
      ...['DOCS_KEY', 'DOCS_TOKEN'].map((key) => ({
        name: key,
        valueFrom: { secretKeyRef: { name: 'agent-docs', key } },
      })),
    ]);
    expect(reportedBelow(cluster).findings).toEqual([]);
    expect(planned(options).endpoint).toMatchObject({ auth: { secret: 'agent-docs', key: 'DOCS_TOKEN' } });
  });

  test('root, and a token that is none of its secrets', () => {
    expect(mcpServer({ ...docs, user: { uid: 0, gid: 0 }, tokenVariable: 'TOKEN' }).problems).toEqual([
      {
        message: 'tool docs: uid 0 under Pod Security level restricted',
        why: 'The API server refuses a pod that runs as root there.',
        help: 'Give another uid.',
      },
      { message: 'tool docs: tokenVariable "TOKEN" is not one of its secrets', help: 'It has none.' },
    ]);
  });
});

describe('by its URL', () => {
  test('nothing runs, and the fence lets the agent reach its host', () => {
    const url = 'https://mcp.example.org:8443/mcp';
    const { cluster } = oneAgent({ tools: [mcpServer({ name: 'far', url })] });
    const objects = rendered(cluster);
    expect(problemsOf(cluster)).toEqual([]);
    expect(Object.keys(objects).filter((name) => name.includes('far'))).toEqual([]);
    expect(objects['CiliumNetworkPolicy agent'].metadata.annotations['chitin.dev/flows']).toContain(
      'out mcp.example.org:8443 (tool far)\n',
    );
    expect(planned({ name: 'far', url })).toMatchObject({ endpoint: { kind: 'mcp', url, auth: undefined } });
    expect(planned({ name: 'far', url, token: 'token of the bot' }).endpoint).toMatchObject({
      auth: { secret: 'agent-far', key: 'token' },
    });
  });

  test.each(['https://sam:hunter2@mcp.example.org', 'https://mcp.example.org/?key=hunter2'])(
    'a credential in it is refused, and not repeated: %s',
    (url) => {
      const { cluster } = oneAgent({ tools: [mcpServer({ name: 'far', url: url as `https://${string}` })] });
      const problems = problemsOf(cluster);
      expect(problems).toHaveLength(1);
      expect(JSON.stringify(problems)).not.toContain('hunter2');
    },
  );
});

describe('another header than Authorization', () => {
  const url = 'https://mcp.example.org/mcp';
  const tokenHeader = { name: 'X-API-Key' };

  test('of a server by its URL or by its image', () => {
    const remote = planned({ name: 'far', url, token: 'key of the wiki', tokenHeader });
    expect(remote.endpoint).toEqual({
      kind: 'mcp',
      url,
      auth: { secret: 'agent-far', key: 'token' },
      header: { name: 'X-API-Key' },
    });
    const secrets = { DOCS_KEY: 'any long random text' };
    const byImage = planned({ ...docs, secrets, tokenVariable: 'DOCS_KEY', tokenHeader });
    expect(byImage.endpoint).toMatchObject({ header: { name: 'X-API-Key' } });
    expect(mcpServer({ name: 'far', url, token: 'key of the wiki', tokenHeader }).problems).toEqual([]);
  });

  test.each([
    [undefined, { Authorization: 'Bearer TOKEN' }],
    [{ name: 'X-API-Key' }, { 'X-API-Key': 'TOKEN' }],
    [{ name: 'Authorization', scheme: 'Token' }, { Authorization: 'Token TOKEN' }],
  ])('%j', (header, headers) => {
    expect(tokenHeaders({ kind: 'mcp', url, auth: { secret: 'a', key: 'token' }, header }, 'TOKEN')).toEqual(headers);
    expect(tokenHeaders({ kind: 'mcp', url, header }, 'TOKEN')).toEqual({});
  });

  test('a whole header in place of its name is not repeated, and a header needs a token', () => {
    const wrong = { name: 'Authorization: Bearer hunter2', scheme: 'Bearer hunter2' };
    const { problems = [] } = mcpServer({ name: 'far', url, tokenHeader: wrong });
    expect(problems).toEqual([
      {
        message: 'tool far: tokenHeader, and no token',
        help: 'Say what the token is: `token` of a server by its URL, `tokenVariable` of one by its image.',
      },
      {
        message: 'tool far: tokenHeader: `name` is not the name of a header',
        why: 'It is written into the configuration of the agent, where everybody can read it.',
        help: 'Use letters, digits, "_" and "-", such as X-API-Key. The token itself belongs into the secret.',
      },
      {
        message: 'tool far: tokenHeader: `scheme` is not the name of a scheme',
        why: 'It is written into the configuration of the agent, where everybody can read it.',
        help: 'Use one word, such as Bearer, or leave it out. The token itself belongs into the secret.',
      },
    ]);
  });
});

/** A web site on port 80: `/to?URL` redirects to URL, `/slow` never answers, `/long` is long, the rest are small pages. */
import { createServer } from 'node:http';

const page = (path: string) =>
  `<html><body><h1>Page ${path}</h1><p class="shown">visible</p><p style="display:none">hidden</p></body></html>`;

createServer((request, response) => {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  if (path === '/slow') return;
  if (path === '/to') response.writeHead(302, { location: query }).end();
  else if (path === '/long') response.writeHead(200).end(`<p>${'words '.repeat(40_000)}</p>`);
  else response.writeHead(200, { 'content-type': 'text/html' }).end(page(path));
}).listen(80, '0.0.0.0', () => process.stdout.write('ready\n'));

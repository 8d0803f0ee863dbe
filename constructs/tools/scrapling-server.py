"""
An MCP server with Scrapling's HTTP fetchers. Against stock Scrapling 0.4.14 it
- offers the tools that were named, and of their options only those that choose what is shown of the page;
- takes http and https URLs only, never an address of the pod itself (a sidecar shares loopback with the agent), nor
  a link-local one (cloud metadata). libcurl's "safe" redirects stop at private addresses, but follow 0.0.0.0 and
  ::ffff:127.0.0.1; so the last URL is checked too, and such a page is not shown. Private networks are left to
  NetworkPolicy. A name whose address changes between the check and the request is not caught;
- always removes what the page hides from readers, which stock does only by default;
- returns at most 200,000 characters, since MCP clients drop events above 1 MiB and the text travels twice;
- keeps no MCP sessions, so that clients survive its restart;
- refuses to listen beyond loopback without a token, and answers unknown hosts and browsers (any Origin) with 4xx;
- logs one line per fetch, with the URL, to stderr, and no request headers.

It stops at start when an import or an option of ScraplingMCPServer.bulk_get that it relies on is missing.
"""

import argparse, asyncio, hmac, inspect, ipaddress, logging, os, re, socket, sys
from typing import Annotated, Literal, Optional
from urllib.parse import urlsplit

import uvicorn
from cssselect import SelectorError
from curl_cffi.requests.exceptions import RequestException
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import ToolAnnotations
from pydantic import Field
from scrapling import __version__
from scrapling.core.ai import ResponseModel, ScraplingMCPServer
from starlette.responses import PlainTextResponse

options = argparse.ArgumentParser(allow_abbrev=False)
options.add_argument("--host", required=True)
options.add_argument("--port", type=int, required=True)
options.add_argument("--tool", action="append", required=True)
options.add_argument("--allowed-host", action="append", required=True)
options = options.parse_args()

token = os.environ.get("SCRAPLING_MCP_AUTH_TOKEN", "")
if not token and not ipaddress.ip_address(options.host).is_loopback:
    sys.exit("SCRAPLING_MCP_AUTH_TOKEN is empty: refusing to listen on " + options.host)

LONGEST = 200_000
FIXED = dict(follow_redirects="safe", max_redirects=10, verify=True, timeout=30, retries=1, main_content_only=True)
inspect.signature(ScraplingMCPServer.bulk_get).bind(urls=[], extraction_type="", css_selector=None, **FIXED)


def own(address):
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(address), 9))
        except OSError:
            return False
        return probe.getsockname()[0] == str(address)


async def admit(url):
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise ToolError("not a URL") from None
    strange = "@" in parts.netloc or re.search(r"[\x00-\x20\x7f\\]", url)
    if parts.scheme not in ("http", "https") or not parts.hostname or strange:
        raise ToolError("only http and https URLs without credentials are fetched")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ToolError("the host name has no address") from None
    for *_, place in found:
        address = ipaddress.ip_address(place[0].split("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        near = address.is_loopback or address.is_unspecified or address.is_link_local or address.is_multicast
        if near or own(address):
            raise ToolError("addresses of this pod and of its link are not fetched")


Urls = Annotated[list[str], Field(min_length=1, max_length=5, description="Between 1 and 5 http or https URLs.")]
Form = Annotated[Literal["markdown", "html", "text"], Field(description="Form of the returned content.")]
Css = Annotated[Optional[str], Field(description="CSS selector: return only the matching elements.")]


async def bulk_get(urls: Urls, extraction_type: Form = "markdown", css_selector: Css = None) -> list[ResponseModel]:
    """Fetch several web pages by HTTP GET, without a browser, and return the visible content of each."""
    for url in urls:
        await admit(url)
    try:
        pages = await ScraplingMCPServer.bulk_get(
            urls=urls, extraction_type=extraction_type, css_selector=css_selector, **FIXED
        )
    except (RequestException, SelectorError) as error:
        raise ToolError(str(error)) from None
    for page in pages:
        await admit(page.url)
    if sum(len(text) for page in pages for text in page.content) > LONGEST:
        raise ToolError(f"the content is longer than {LONGEST} characters: choose a part of it with css_selector")
    return pages


async def get(url: str, extraction_type: Form = "markdown", css_selector: Css = None) -> ResponseModel:
    """Fetch a web page by HTTP GET, without a browser, and return its visible content."""
    return (await bulk_get([url], extraction_type, css_selector))[0]


server = MCPServer("scrapling", version=__version__, log_level="WARNING")
logging.getLogger("scrapling").propagate = False
for name in options.tool:
    tool = {"get": get, "bulk_get": bulk_get}[name]
    server.add_tool(tool, annotations=ToolAnnotations(read_only_hint=True, open_world_hint=True))


def guarded(app):
    expected = ("Bearer " + token).encode()

    async def serve(scope, receive, send):
        if token and scope["type"] != "lifespan":
            given = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(given, expected):
                refusal = PlainTextResponse("unauthorized", 401, {"www-authenticate": "Bearer"})
                return await refusal(scope, receive, send)
        await app(scope, receive, send)

    return serve


app = server.streamable_http_app(
    host=options.host,
    stateless_http=True,
    transport_security=TransportSecuritySettings(
        enable_dns_rebinding_protection=True, allowed_hosts=options.allowed_host, allowed_origins=[]
    ),
)
offered = sorted(tool.name for tool in asyncio.run(server.list_tools()))
print("scrapling", __version__, "offers", *offered, file=sys.stderr, flush=True)
uvicorn.run(
    guarded(app),
    host=options.host,
    port=options.port,
    access_log=False,
    log_level="warning",
    server_header=False,
    timeout_graceful_shutdown=5,
)

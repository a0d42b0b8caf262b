/**
 * Whether the service could fetch a source image: looked at before anything is paid.
 *
 * The rules and their order are those of `check_source_url` in Python, and `tests/messages/source_urls.json` is read by
 * the tests of both. A browser's `URL` mends what the kernel would refuse, so the parts are read here.
 */

import { isGlobal, readIp } from "./ip-address.ts";

const SCHEME = /^([a-z][a-z\d+.-]*):/i;
const HOST_AND_PORT = /^(?:\[([^\]]*)\][^:]*|([^:]*))(?::(.*))?$/;
const LABEL = /^[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?$/;
const NUMBER = /^(?:\d+|0x[\da-f]*)$/;
const UNPRINTABLE = /[\p{C}\p{Z}]/u;
const PRIVATE_NAME = /\.(?:local|localhost|internal|lan|home\.arpa)$/;

export const PUBLIC_ONLY = "The service takes public https URLs only: upload the image and paste its URL.";

/** Why the service could not fetch a source, as a sentence; nothing where it may be able to. */
export function problemOfSource(url: string): string | null {
  const problem = problemOf(url);
  return problem && `${problem} ${PUBLIC_ONLY}`;
}

function problemOf(url: string): string | null {
  if (/^data:/i.test(url.trimStart())) return "This is a data: URI, which the service rejects.";
  const parts = split(url);
  if (parts === null || parts.scheme.length < 2)
    return "This looks like a local path, and the service has no upload.";
  const { scheme, host, hasCredentials } = parts;
  if (!/^https?$/.test(scheme) || !isHost(host) || UNPRINTABLE.test(url))
    return "This is not a URL that the service can read.";
  if (hasCredentials) return "This carries a user name or password, which the service would see.";
  if (scheme === "http") return "This is plain http, which the service rejects.";
  if (!isPublic(host)) return `This points at ${host}, which the service cannot reach.`;
  return null;
}

interface Parts {
  scheme: string;
  host: string;
  hasCredentials: boolean;
}

/** The parts of a URL as Python's `urlsplit` reads them; null where it reads none. */
function split(url: string): Parts | null {
  const text = url.replace(/^[\0-\x20]+/, "").replace(/[\t\r\n]/g, "");
  const scheme = SCHEME.exec(text)?.[1] ?? "";
  const authority = /^\/\/([^/?#]*)/.exec(scheme ? text.slice(scheme.length + 1) : text)?.[1] ?? "";
  if (hidesDelimiters(authority)) return null;
  const at = authority.lastIndexOf("@");
  const [, address, name = "", port = ""] = HOST_AND_PORT.exec(authority.slice(at + 1)) ?? [];
  const isBracketed = address !== undefined;
  if (isBracketed !== /[[\]]/.test(authority) || (isBracketed && readIp(address)?.length !== 128))
    return null;
  if (!/^\d*$/.test(port) || Number(port) > 65535) return null;
  return {
    scheme: scheme.toLowerCase(),
    host: (address ?? name).toLowerCase(),
    hasCredentials: /[^:]/.test(authority.slice(0, Math.max(at, 0))),
  };
}

/** Whether a letter of the host would become one of the marks that part a URL. */
function hidesDelimiters(authority: string): boolean {
  const letters = authority.replace(/[@:#?]/g, "");
  const plain = letters.normalize("NFKC");
  return plain !== letters && /[/?#@:]/.test(plain);
}

/** Whether this is an IP address, or a name that a resolver can be asked for. */
function isHost(host: string): boolean {
  if (readIp(host) !== null) return true;
  const labels = inAscii(host).replace(/\.$/, "").split(".");
  // What ends in a number is an address in a short or odd notation, such as 127.1: never a name.
  return labels.every((label) => LABEL.test(label)) && !NUMBER.test(labels.at(-1) ?? "");
}

/** An international name as resolvers are asked for it; empty where there is no such form. */
function inAscii(host: string): string {
  if (/^[\0-\x7f]*$/.test(host)) return host;
  const isName = !/[\0-\x7f]/.test(host.replace(/[a-z\d._-]/g, "")) && URL.canParse(`https://${host}`);
  return isName ? new URL(`https://${host}`).hostname : "";
}

function isPublic(host: string): boolean {
  const ip = readIp(host);
  if (ip !== null) return isGlobal(ip);
  const name = host.replace(/\.$/, "");
  return name.includes(".") && !PRIVATE_NAME.test(name);
}

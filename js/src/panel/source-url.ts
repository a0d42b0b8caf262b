/** Whether the service could fetch a source image: looked at before anything is paid. */

const PRIVATE_V4 =
  /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|lan|home|test|invalid)$/;

export const PUBLIC_ONLY = "The service takes public https URLs only: upload the image and paste its URL.";

export type SourceCheck = { url: string } | { problem: string };

const refuse = (what: string): SourceCheck => ({
  problem: `${what} ${PUBLIC_ONLY}`,
});

/** Check the form of a source's address, as far as that can be done without fetching it. */
export function checkSource(text: string): SourceCheck {
  const trimmed = text.trim();
  if (/^data:/i.test(trimmed)) return refuse("This is image data, not an address.");
  if (/^(?:file:|[a-z]:\\|[/~.])/i.test(trimmed)) return refuse("This is a file on a computer.");
  if (!URL.canParse(trimmed)) return refuse("This is not a URL.");
  const { protocol, username, password, hostname, href } = new URL(trimmed);
  if (protocol !== "https:") return refuse(`This begins with ${protocol}//`);
  if (username || password) return refuse("This URL carries a user name or a password.");
  if (isPrivate(hostname)) return refuse(`${hostname} is not reachable from outside.`);
  return { url: href };
}

function isPrivate(host: string): boolean {
  // An address in IPv6 has no dot either; a source that is only known by one is not worth its rules here.
  return PRIVATE_V4.test(host) || PRIVATE_NAME.test(host) || !host.includes(".");
}

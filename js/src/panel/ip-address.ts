/** IP addresses as strings of bits, 32 or 128 of them, so that a network is what an address begins with. */

const PRIVATE_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
const PRIVATE_V6 = [
  "::/128",
  "::1/128",
  "::ffff:0:0/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "fc00::/7",
  "fe80::/10",
  "ff00::/8",
];

const bitsOf = (numbers: readonly number[], width: number): string =>
  numbers.map((number) => number.toString(2).padStart(width, "0")).join("");

/** The bits of an address in its full notation; null for anything else. */
export function readIp(text: string): string | null {
  if (text.includes(":")) return readV6(text);
  const numbers = /^(?:(?:0|[1-9]\d{0,2})(?:\.(?!$)|$)){4}$/.test(text) ? text.split(".").map(Number) : [];
  return numbers.length === 4 && numbers.every((number) => number < 256) ? bitsOf(numbers, 8) : null;
}

function readV6(text: string): string | null {
  // What follows a % names the network card, and is no part of the address.
  const [, address = ""] = /^([\da-f:.]+)(?:%[^%]+)?$/i.exec(text) ?? [];
  if (!URL.canParse(`https://[${address}]`)) return null;
  // The browser knows the many ways to write one; what is left is to fill in the zeros.
  const [head = "", tail] = new URL(`https://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (part: string) => part.split(":").filter(Boolean);
  const [before, after] = [groups(head), groups(tail ?? "")];
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return bitsOf(
    [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16)),
    16,
  );
}

/** Whether an address can be reached from the whole internet, and is that of one machine. */
export function isGlobal(ip: string): boolean {
  const networks = ip.length === 32 ? PRIVATE_V4 : PRIVATE_V6;
  return !networks.some((network) => {
    const [address = "", length] = network.split("/");
    return ip.startsWith(readIp(address)?.slice(0, Number(length)) ?? "");
  });
}

/**
 * @file Serves the application on this machine's loopback address, or on another where that is asked for.
 */
import type { Server } from "node:http";
import { networkInterfaces } from "node:os";
import { serve } from "@hono/node-server";
import type { Hono } from "hono";

export const loopback = "127.0.0.1";

/** Room for the longest address that `guard.ts` lets through. */
const serverOptions = { maxHeaderSize: 131_072, requestTimeout: 30_000 };

export interface Listening {
  readonly url: string;
  /** Where it can be opened: of all this machine's addresses where it listens on all. */
  readonly urls: readonly string[];
  close(): Promise<void>;
}

const inBrackets = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/** What a browser is to be given: "all addresses" is none. */
function hostsOf(hostname: string): string[] {
  if (hostname === loopback) return ["localhost"];
  if (hostname !== "0.0.0.0" && hostname !== "::") return [inBrackets(hostname)];
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  const others = addresses.filter(({ internal, family, scopeid }) => {
    return !internal && !scopeid && (family === "IPv4" || hostname === "::");
  });
  return ["localhost", ...others.map(({ address }) => inBrackets(address))];
}

/** Resolves when it listens; port 0 takes any free one. Rejects with EADDRINUSE when the port is taken. */
export function listen(app: Hono, port: number, hostname: string = loopback): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname, port, serverOptions }, (address) => {
      server.off("error", reject);
      const urls = hostsOf(hostname).map((host) => `http://${host}:${address.port}/`) as [string, ...string[]];
      resolve({ url: urls[0], urls, close });
    }) as Server;
    server.once("error", reject);
    const close = () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      });
  });
}

/**
 * @file Serves the application on this machine's loopback address, or on another where that is asked for.
 */
import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import type { Hono } from "hono";

export const loopback = "127.0.0.1";

/** Room for the longest address that `guard.ts` lets through. */
const serverOptions = { maxHeaderSize: 131_072, requestTimeout: 30_000 };

export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

/** Resolves when it listens; port 0 takes any free one. Rejects with EADDRINUSE when the port is taken. */
export function listen(app: Hono, port: number, hostname: string = loopback): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname, port, serverOptions }, (address) => {
      server.off("error", reject);
      const host = hostname === loopback ? "localhost" : hostname.includes(":") ? `[${hostname}]` : hostname;
      resolve({ url: `http://${host}:${address.port}/`, close });
    }) as Server;
    server.once("error", reject);
    const close = () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      });
  });
}

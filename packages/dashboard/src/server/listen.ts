/**
 * @file Serves the application on this machine's loopback address and on no other.
 */
import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import type { Hono } from "hono";

const loopback = "127.0.0.1";

export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

/** Resolves when it listens; port 0 takes any free one. Rejects with EADDRINUSE when the port is taken. */
export function listen(app: Hono, port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: loopback, port }, (address) => {
      server.off("error", reject);
      resolve({ url: `http://localhost:${address.port}/`, close });
    }) as Server;
    server.once("error", reject);
    const close = () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      });
  });
}

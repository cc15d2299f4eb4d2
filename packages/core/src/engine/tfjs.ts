/**
 * @file Loads what tfjs-core leaves out: the gradients of its kernels, and the `cpu` backend.
 *
 * tfjs-core's own gradient files cannot be imported by Node (extensionless ES imports); the `@tensorflow/tfjs` bundle
 * registers the same ones.
 */
import "@tensorflow/tfjs";

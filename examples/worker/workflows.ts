// TypeScript plugins cannot bring workflows: a worker's own workflow module re-exports them beside its own.
export * from 'tempered/workflows';

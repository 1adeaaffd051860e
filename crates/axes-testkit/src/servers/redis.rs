//! Redis and Valkey, alone and as clusters.

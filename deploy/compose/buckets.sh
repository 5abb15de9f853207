#!/bin/sh
# What compose.yaml's MinIO needs before the first server starts.
set -eu

until mc alias set minio http://minio:9000 "$MINIO_ROOT_USER" "$MINIO_ROOT_PASSWORD" >/dev/null 2>&1; do
  sleep 1
done
mc mb --ignore-existing minio/releases minio/staging
mc admin user add minio "$READER_KEY" "$READER_SECRET"
mc admin user add minio "$WRITER_KEY" "$WRITER_SECRET"

# Reading and listing, of these two buckets; the policy that MinIO calls readonly may not list.
cat >/tmp/reader.json <<'POLICY'
{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::releases/*", "arn:aws:s3:::staging/*"] },
    { "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::releases", "arn:aws:s3:::staging"] }
  ]
}
POLICY
mc admin policy create minio releaseserver-reader /tmp/reader.json
# Attaching what is attached already is refused.
mc admin policy attach minio releaseserver-reader --user "$READER_KEY" || true
mc admin policy attach minio readwrite --user "$WRITER_KEY" || true

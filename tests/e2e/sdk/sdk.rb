# SPDX-License-Identifier: MIT
# The AWS SDK for Ruby, as Debian has it (S3 and STS only): the s3 part of sdk.py.
require 'aws-sdk-s3'

bucket, key, body = 'lp-sdk', 'in/a.txt', "a line of an object\n" * 1000
s3 = Aws::S3::Client.new(endpoint: ENV['AWS_ENDPOINT_URL'], region: 'us-east-1', force_path_style: true)
s3.create_bucket(bucket: bucket)
s3.put_object(bucket: bucket, key: key, body: body)
raise 'another body' unless s3.get_object(bucket: bucket, key: key).body.read == body
raise 'another list' unless s3.list_objects_v2(bucket: bucket, prefix: 'in/').contents.size == 1
s3.delete_object(bucket: bucket, key: key)

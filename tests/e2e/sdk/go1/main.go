// SPDX-License-Identifier: MIT

// The scenario of sdk.py by the AWS SDK for Go, 1: the parts named as arguments.
package main

import (
	"bytes"
	"io"
	"os"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/credentials"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/dynamodb"
	"github.com/aws/aws-sdk-go/service/s3"
	"github.com/aws/aws-sdk-go/service/sqs"
	"github.com/aws/aws-sdk-go/service/sts"
)

var (
	bucket, key, table = aws.String("lp-sdk"), aws.String("in/a.txt"), aws.String("lp-table")
	queue              = aws.String(os.Getenv("LP_QUEUE_URL"))
	body               = bytes.Repeat([]byte("a line of an object\n"), 1000)
	here               *session.Session
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func want(is bool) {
	if !is {
		panic("another answer than expected")
	}
}

func playS3() {
	c := s3.New(here, aws.NewConfig().WithS3ForcePathStyle(true))
	_, err := c.CreateBucket(&s3.CreateBucketInput{Bucket: bucket})
	check(err)
	_, err = c.PutObject(&s3.PutObjectInput{Bucket: bucket, Key: key, Body: bytes.NewReader(body)})
	check(err)
	got, err := c.GetObject(&s3.GetObjectInput{Bucket: bucket, Key: key})
	check(err)
	text, err := io.ReadAll(got.Body)
	check(err)
	want(bytes.Equal(text, body))
	list, err := c.ListObjectsV2(&s3.ListObjectsV2Input{Bucket: bucket, Prefix: aws.String("in/")})
	check(err)
	want(*list.KeyCount == 1)
	_, err = c.DeleteObject(&s3.DeleteObjectInput{Bucket: bucket, Key: key})
	check(err)
}

func playDynamoDB() {
	c := dynamodb.New(here)
	one := &dynamodb.AttributeValue{S: aws.String("1")}
	_, err := c.PutItem(&dynamodb.PutItemInput{TableName: table, Item: map[string]*dynamodb.AttributeValue{"id": one}})
	check(err)
	found, err := c.Query(&dynamodb.QueryInput{
		TableName:                 table,
		KeyConditionExpression:    aws.String("id = :i"),
		ExpressionAttributeValues: map[string]*dynamodb.AttributeValue{":i": one},
	})
	check(err)
	want(*found.Count == 1)
}

func send(c *sqs.SQS, text string) {
	_, err := c.SendMessage(&sqs.SendMessageInput{QueueUrl: queue, MessageBody: aws.String(text)})
	check(err)
}

func playSQS() {
	c := sqs.New(here)
	send(c, "hello")
	got, err := c.ReceiveMessage(&sqs.ReceiveMessageInput{QueueUrl: queue})
	check(err)
	want(*got.Messages[0].Body == "hello")
}

func playSTS() {
	got, err := sts.New(here).AssumeRole(&sts.AssumeRoleInput{
		RoleArn:         aws.String("arn:aws:iam::123456789012:role/lp-deploy"),
		RoleSessionName: aws.String("lp"),
	})
	check(err)
	role := credentials.NewStaticCredentials(*got.Credentials.AccessKeyId, *got.Credentials.SecretAccessKey,
		*got.Credentials.SessionToken)
	send(sqs.New(here, aws.NewConfig().WithCredentials(role)), "from a role")
}

func main() {
	here = session.Must(session.NewSession(aws.NewConfig().WithEndpoint(os.Getenv("AWS_ENDPOINT_URL"))))
	parts := map[string]func(){"s3": playS3, "dynamodb": playDynamoDB, "sqs": playSQS, "sts": playSTS}
	for _, part := range os.Args[1:] {
		parts[part]()
	}
}

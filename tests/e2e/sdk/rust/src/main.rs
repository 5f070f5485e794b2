// SPDX-License-Identifier: MIT
//! The scenario of sdk.py with the AWS SDK for Rust: the parts named as arguments.
use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sqs::config::Credentials;

const BUCKET: &str = "lp-sdk";
const KEY: &str = "in/a.txt";
const TABLE: &str = "lp-table";
const ROLE: &str = "arn:aws:iam::123456789012:role/lp-deploy";

type Done = Result<(), Box<dyn std::error::Error>>;

async fn s3(config: &aws_config::SdkConfig) -> Done {
    let c = aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(config).force_path_style(true).build());
    let body = "a line of an object\n".repeat(1000);
    c.create_bucket().bucket(BUCKET).send().await?;
    c.put_object().bucket(BUCKET).key(KEY).body(ByteStream::from(body.clone().into_bytes())).send().await?;
    let got = c.get_object().bucket(BUCKET).key(KEY).send().await?.body.collect().await?.into_bytes();
    assert_eq!(got, body.as_bytes());
    let list = c.list_objects_v2().bucket(BUCKET).prefix("in/").send().await?;
    assert_eq!(list.key_count(), Some(1));
    c.delete_object().bucket(BUCKET).key(KEY).send().await?;
    Ok(())
}

async fn dynamodb(config: &aws_config::SdkConfig) -> Done {
    let c = aws_sdk_dynamodb::Client::new(config);
    let id = || AttributeValue::S("1".into());
    c.put_item().table_name(TABLE).item("id", id()).send().await?;
    let found = c.query().table_name(TABLE).key_condition_expression("id = :i").expression_attribute_values(":i", id())
        .send().await?;
    assert_eq!(found.count(), 1);
    Ok(())
}

async fn sqs(config: &aws_config::SdkConfig, queue: &str) -> Done {
    let c = aws_sdk_sqs::Client::new(config);
    c.send_message().queue_url(queue).message_body("hello").send().await?;
    let got = c.receive_message().queue_url(queue).send().await?;
    assert_eq!(got.messages()[0].body(), Some("hello"));
    Ok(())
}

async fn sts(config: &aws_config::SdkConfig, queue: &str) -> Done {
    let role = aws_sdk_sts::Client::new(config).assume_role().role_arn(ROLE).role_session_name("lp").send().await?;
    let r = role.credentials().ok_or("no credentials")?;
    let credentials = Credentials::new(r.access_key_id(), r.secret_access_key(), Some(r.session_token().into()), None, "lp");
    let with = aws_sdk_sqs::config::Builder::from(config).credentials_provider(credentials).build();
    aws_sdk_sqs::Client::from_conf(with).send_message().queue_url(queue).message_body("from a role").send().await?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Done {
    let queue = std::env::var("LP_QUEUE_URL")?;
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    for part in std::env::args().skip(1) {
        match part.as_str() {
            "s3" => s3(&config).await?,
            "dynamodb" => dynamodb(&config).await?,
            "sqs" => sqs(&config, &queue).await?,
            "sts" => sts(&config, &queue).await?,
            _ => return Err("which part?".into()),
        }
    }
    Ok(())
}

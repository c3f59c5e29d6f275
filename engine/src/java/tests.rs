use super::number::double;
use super::{Random, read_json, set_order, to_json, to_string};
use serde_json::json;

#[test]
fn values_are_written_as_java_writes_them() {
    let value = json!({ "a": 1, "b": [1.5, "x", null, true], "c": {}, "d": 1e21 });
    assert_eq!(to_string(&value), "{a=1, b=[1.5, x, null, true], c={}, d=1.0E21}");
    assert_eq!(to_json(&value), r#"{"a":1,"b":[1.5,"x",null,true],"c":{},"d":1.0E21}"#);
}

#[test]
fn doubles_have_a_point_and_an_exponent_where_java_has_them() {
    let cases = [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (123.456, "123.456"),
        (9_999_999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (1.5e10, "1.5E10"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (-2.5e-7, "-2.5E-7"),
        (f64::MAX, "1.7976931348623157E308"),
        (f64::INFINITY, "Infinity"),
        (f64::NAN, "NaN"),
    ];
    for (value, text) in cases {
        assert_eq!(double(value), text);
    }
}

#[test]
fn jackson_takes_blanks_for_null_and_has_no_negative_zero() {
    assert_eq!(read_json("").unwrap(), json!(null));
    assert_eq!(read_json(" \n").unwrap(), json!(null));
    assert_eq!(read_json("-0").unwrap().to_string(), "0");
    assert_eq!(read_json(r#"[-0, -0.5, "-0 \"-0", -0]"#).unwrap().to_string(), r#"[0,-0.5,"-0 \"-0",0]"#);
    assert!(read_json("-00").is_err());
    assert!(read_json("{").is_err());
}

/// The double is what AWS answers for `$random(42)`. The integers were computed apart, by the documented algorithm.
#[test]
fn seeded_numbers_are_those_of_java() {
    assert_eq!(Random::new(42).next_double(), 0.727_563_680_032_868_1);
    let mut random = Random::new(42);
    assert_eq!([random.next_int(100), random.next_int(100), random.next_int(100)], [30, 63, 48]);
    let mut random = Random::new(0);
    assert_eq!([random.next_int(16), random.next_int(10)], [11, 8]);
    assert_eq!(Random::new(1).next_int(0), 0);
}

/// The orders are those of AWS's messages: `These fields are required: [States, StartAt]`.
#[test]
fn sets_are_in_the_order_of_java() {
    assert_eq!(set_order(&["StartAt", "States"]), ["States", "StartAt"]);
    assert_eq!(set_order(&["End", "Next"]), ["Next", "End"]);
    assert_eq!(
        set_order(&["Seconds", "SecondsPath", "Timestamp", "TimestampPath"]),
        ["SecondsPath", "Seconds", "TimestampPath", "Timestamp"]
    );
    assert_eq!(set_order(&["Iterator", "ItemProcessor"]), ["ItemProcessor", "Iterator"]);
    assert_eq!(set_order(&[]), [] as [&str; 0]);
}

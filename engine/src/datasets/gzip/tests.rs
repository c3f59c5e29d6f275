//! Objects of several members.

use super::*;

/// A member whose data is stored as it is.
fn member(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap();
    let mut member = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    // One block, which is the last one: its length, and that with all bits turned.
    member.push(1);
    member.extend(length.to_le_bytes());
    member.extend((!length).to_le_bytes());
    member.extend(data);
    // A checksum that nobody looks at, and the length.
    member.extend([0; 4]);
    member.extend(u32::from(length).to_le_bytes());
    member
}

#[test]
fn all_members_together_hold_no_more_than_the_limit() {
    let one = member(&[b'a'; 100]);
    let two = [one.clone(), member(&[b'b'; 100])].concat();
    assert_eq!(within(&one, 150).unwrap(), [b'a'; 100]);
    assert_eq!(within(&two, 250).unwrap(), [[b'a'; 100], [b'b'; 100]].concat());
    let error = within(&two, 150).unwrap_err();
    assert_eq!(
        error.to_string(),
        "this engine does not read objects of more than 512 MB when they are unpacked"
    );
}

#[test]
fn a_member_may_be_larger_than_the_room_that_it_first_gets() {
    let (large, small) = ([b'a'; 65_000], [b'b'; 1_000]);
    let members = [&large[..], &small, &large, &large];
    let object: Vec<u8> = members.iter().flat_map(|data| member(data)).collect();
    assert_eq!(unpacked(&object).unwrap(), members.concat());
}

#[test]
fn many_small_members_take_the_room_of_what_they_hold() {
    let object = member(b"a").repeat(20_000);
    let all = unpacked(&object).unwrap();
    assert_eq!(all, [b'a'; 20_000]);
    assert!(all.capacity() <= 4 * ROOM, "{}", all.capacity());
}

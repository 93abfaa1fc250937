"""The partitioner agrees with librdkafka's, whose values are fixed here as facts."""

from election.partitions import murmur2, partition_of


def test_murmur2_gives_the_published_values() -> None:
    # Apache Kafka's own test vectors (UtilsTest.testMurmur2), as signed 32-bit numbers.
    vectors = {
        b"21": -973932308,
        b"foobar": -790332482,
        b"a-little-bit-long-string": -985981536,
        b"a-little-bit-longer-string": -1486304829,
        b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
        b"abc": 479470107,
    }
    signed = {key: (value ^ 0x80000000) - 0x80000000 for key in vectors for value in [murmur2(key)]}
    assert signed == vectors


def test_a_key_stays_within_the_partitions() -> None:
    assert {partition_of(f"E1400053{i}-S{i:03d}", 4) for i in range(200)} == {0, 1, 2, 3}
